// A client that sends and never reads the replies: how much the server takes of it, and what that costs in memory.
// `node never-reads.mjs [SECONDS]`, after `tsc -b`.
import { once } from "node:events";
import { connect } from "node:net";
import { startServer } from "./harness.mjs";

const [seconds = 3] = process.argv.slice(2).map(Number);
const frame = Buffer.alloc(4 + 1024, "a");
frame.writeUInt32BE(1024, 0);
const frames = Buffer.concat(new Array(64).fill(frame));

const server = await startServer("echo-parley.mjs", "copied");
const before = await server.usage();
const socket = connect({ port: server.port, host: "127.0.0.1" });
await once(socket, "connect");
socket.pause();
let sent = 0;
const end = Date.now() + seconds * 1000;
while (Date.now() < end) {
  const taken = new Promise((resolve) => socket.write(frames, () => resolve(true)));
  const late = new Promise((resolve) => setTimeout(resolve, end - Date.now(), false).unref());
  if (!(await Promise.race([taken, late]))) break;
  sent += frames.length;
}
const after = await server.usage();
const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
console.log(`in ${seconds} s the client got rid of ${mebibytes(sent)} MiB, kernel buffers included`);
console.log(
  `the server's memory went from ${mebibytes(before.memoryBytes)} to ${mebibytes(after.memoryBytes)} MiB`,
);
socket.destroy();
await server.stop();
