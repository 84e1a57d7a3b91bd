// Jayson as its README has it. Its TCP client opens a connection a call; the variant "websocket" is its one client that
// keeps a connection, "4" is TCP with the major before, which separates its replies by nothing.
import { once } from "node:events";
import { runRole } from "../roles.mjs";

const libraryOf = (variant) => (variant === "4" ? "jayson4" : "jayson5");

async function server(variant) {
  const library = libraryOf(variant);
  const { default: jayson } = await import(library);
  const { report } = await import("../../servers/report.mjs");
  const methods = new jayson.Server({ add: ({ a, b }, callback) => callback(null, a + b) });
  const facts = { uses: [library], wire: variant === "4" ? "json-rpc-stream" : "json-rpc-lines" };
  if (variant === "websocket") {
    const listener = methods.websocket({ port: 0, host: "127.0.0.1" });
    listener.on("listening", () => report(listener.address().port, facts));
  } else {
    const listener = methods.tcp();
    listener.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () =>
      report(listener.address().port, facts),
    );
  }
}

async function client(port, variant) {
  const { default: jayson } = await import(libraryOf(variant));
  const caller =
    variant === "websocket"
      ? jayson.Client.websocket({ url: `ws://127.0.0.1:${port}` })
      : jayson.Client.tcp({ port, host: "127.0.0.1" });
  if (variant === "websocket") await once(caller.ws, "open");
  return (a, b) =>
    new Promise((resolve, reject) => {
      caller.request("add", { a, b }, (failure, error, result) => {
        if (failure || error) reject(failure ?? new Error(error.message));
        else resolve(result);
      });
    });
}

await runRole({ server, client });
