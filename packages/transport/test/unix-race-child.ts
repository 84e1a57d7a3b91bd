/** Listens at each URL of the arguments once a line of stdin says so, and prints what came of it: `listening`, or the error's code. */
import { createInterface } from "node:readline";
import { ParleyError } from "@parley/core";
import { socketListener } from "../src/socket-listener.ts";

const urls = process.argv.slice(2);
process.stdout.write("ready\n");
for await (const _ of createInterface({ input: process.stdin })) {
  const url = urls.shift();
  if (url === undefined) break;
  try {
    await socketListener(url)({ accept: (stream) => stream.destroy(), failed() {} });
    process.stdout.write("listening\n");
  } catch (error) {
    process.stdout.write(`${error instanceof ParleyError ? error.code : String(error)}\n`);
  }
}
// As one that is killed: what it has made stays.
process.kill(process.pid, "SIGKILL");
