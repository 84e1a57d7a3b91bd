// Request and reply through nats-server, as the "Request-Reply" page of its documentation has it. The process measured is the one
// that answers; nats-server shares its core.
import { runRole } from "../roles.mjs";

async function server() {
  const { connect } = await import("@nats-io/transport-node");
  const { startNats } = await import("../nats-server.mjs");
  const { report } = await import("../../servers/report.mjs");
  const nats = await startNats();
  if (nats === undefined) return;
  const connection = await connect({ servers: `127.0.0.1:${nats.port}` });
  connection.subscribe("add", {
    callback(error, message) {
      if (error) throw error;
      const { a, b } = message.json();
      message.respond(JSON.stringify(a + b));
    },
  });
  await connection.flush();
  report(nats.port, { uses: ["@nats-io/transport-node"], versions: { "nats-server": nats.version } });
}

async function client(port) {
  const { connect } = await import("@nats-io/transport-node");
  const connection = await connect({ servers: `127.0.0.1:${port}` });
  return async (a, b) =>
    (await connection.request("add", JSON.stringify({ a, b }), { timeout: 10_000 })).json();
}

await runRole({ server, client });
