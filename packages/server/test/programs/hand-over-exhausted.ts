// Tries to hand over while the process has no descriptor left, tells what came of it, and ends in order once it has some again.
import { closeSync, openSync } from "node:fs";
import { type ParleyError, textLines } from "@parley/core";
import { createServer, echo } from "@parley/server";

const server = createServer<string>({ codec: textLines(), handler: echo() });
await server.listen("tcp://127.0.0.1:0");
const descriptors: number[] = [];
try {
  for (;;) descriptors.push(openSync("/dev/null", "r"));
} catch {
  // Now there is none.
}
const { code, message } = await server.handOver().then(
  () => ({ code: "none", message: "" }),
  (error) => error as ParleyError,
);
// What the system says against a process may be told later still.
await new Promise(setImmediate);
for (const descriptor of descriptors) closeSync(descriptor);
process.stdout.write(`${JSON.stringify({ code, message, state: server.info().state })}\n`);
await server.close();
