import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const recordingMs = 10_000;
const directory = mkdtempSync(join(tmpdir(), "bench-wires-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

/**
 * Writes a file for the C loads with what they send and expect of the server on `port`, which speaks wires/NAME.mjs; see
 * loads/load.h for its layout. Replies that the wire does not know beforehand are recorded, and their results checked.
 * @returns the file's path.
 */
export async function writeWireFile(name, { port, payloadBytes }) {
  const { default: describe } = await import(`../wires/${name}.mjs`);
  const wire = describe(payloadBytes);
  const replies = wire.replies ?? (await record(wire, port));
  const numbers = (...values) => Buffer.from(Uint32Array.from(values).buffer);
  const counted = (bytes) => [numbers(bytes.length), bytes];
  const file = join(directory, `${name}-${payloadBytes ?? "calls"}`);
  writeFileSync(
    file,
    Buffer.concat([
      numbers(wire.opening.length),
      ...wire.opening.flatMap(({ send, until }) => [...counted(send), ...counted(until)]),
      ...counted(wire.later ?? Buffer.alloc(0)),
      numbers(wire.requests.length),
      ...wire.requests.flatMap(counted),
      ...replies.flatMap(counted),
    ]),
  );
  return file;
}

/** Sends a cycle of requests, and cuts what comes back into replies. */
async function record({ opening, requests, results, reply }, port) {
  if (opening.length > 0) throw new Error("replies can only be recorded where nothing is exchanged first");
  const socket = connect({ port, host: "127.0.0.1" });
  const deadline = setTimeout(() => socket.destroy(new Error("no reply in time")), recordingMs);
  await once(socket, "connect");
  socket.write(Buffer.concat(requests));
  const replies = [];
  let rest = Buffer.alloc(0);
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk]);
    for (let next = reply(rest); next !== undefined; next = reply(rest)) {
      const expected = results[replies.length];
      if (next.result !== expected) throw new Error(`answered ${next.result} instead of ${expected}`);
      replies.push(rest.subarray(0, next.end));
      rest = rest.subarray(next.end);
    }
    if (replies.length === requests.length) break;
  }
  clearTimeout(deadline);
  if (replies.length < requests.length) throw new Error(`answered ${replies.length} of ${requests.length}`);
  return replies;
}
