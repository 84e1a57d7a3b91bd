/** What the trials run beside the README's service, by file name. */
export const trialModules: ReadonlyMap<string, string> = new Map([
  [
    // The README's service need not print where it listens.
    "tell-address.ts",
    `import { subscribe } from "node:diagnostics_channel";
subscribe("tracing:net.server.listen:asyncEnd", (message) => {
  const { port } = (message as { server: import("node:net").Server }).server.address() as import("node:net").AddressInfo;
  console.error(\`at tcp://127.0.0.1:\${port}\`);
});
`,
  ],
  [
    "in-memory.ts",
    `import { connect } from "@parley/client";
import { textLines } from "@parley/core";
import { createServer, echo } from "@parley/server";
import { createMemoryNetwork, manualClock } from "@parley/testkit";

const network = createMemoryNetwork();
const server = createServer({ codec: textLines(), handler: echo(), clock: manualClock() });
await server.listen(network.listener("echo"));
const connection = await connect(network.dial("echo"), textLines());
connection.send("in memory");
for await (const line of connection) {
  console.log(line);
  await connection.close();
}
await server.close();
`,
  ],
]);
