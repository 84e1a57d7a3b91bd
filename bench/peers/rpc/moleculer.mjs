// Moleculer's TCP transporter as its "Networking" page has it, with a static list of nodes instead of discovery by UDP.
import { runRole } from "../roles.mjs";

const nodeOptions = (urls) => ({
  logger: false,
  transporter: { type: "TCP", options: { udpDiscovery: false, urls } },
});

async function server() {
  const { ServiceBroker } = (await import("moleculer")).default;
  const { report } = await import("../../servers/report.mjs");
  const broker = new ServiceBroker({ nodeID: "server", ...nodeOptions([]) });
  broker.createService({
    name: "calculator",
    actions: {
      add: { params: { a: "number", b: "number" }, handler: ({ params: { a, b } }) => a + b },
    },
  });
  await broker.start();
  report(broker.registry.nodes.localNode.port, { uses: ["moleculer"] });
}

async function client(port) {
  const { ServiceBroker } = (await import("moleculer")).default;
  const broker = new ServiceBroker({ nodeID: "client", ...nodeOptions([`tcp://127.0.0.1:${port}/server`]) });
  await broker.start();
  await broker.waitForServices("calculator");
  return (a, b) => broker.call("calculator.add", { a, b });
}

await runRole({ server, client });
