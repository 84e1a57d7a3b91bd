// Calls written by hand over net in binary, each field at its place, all of a chunk or turn in one write.
// Request: u32 length of the rest, u32 id, u8 method, f64 a, f64 b. Reply: u32 length of the rest, u32 id, u8 status, f64 result.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { report } from "../../servers/report.mjs";
import { runRole } from "../roles.mjs";

const requestBytes = 25;
const replyBytes = 17;
const methods = { add: 1 };
const statuses = { done: 0, noSuchMethod: 1 };

function writeReply(out, at, id, status, result) {
  out.writeUInt32BE(replyBytes - 4, at);
  out.writeUInt32BE(id, at + 4);
  out[at + 8] = status;
  out.writeDoubleBE(result, at + 9);
}

function writeRequest(out, at, { id, a, b }) {
  out.writeUInt32BE(requestBytes - 4, at);
  out.writeUInt32BE(id, at + 4);
  out[at + 8] = methods.add;
  out.writeDoubleBE(a, at + 9);
  out.writeDoubleBE(b, at + 17);
}

/** Calls `chunk(bytes, records)` with as many whole records of `size` bytes as have come. */
function onRecords(socket, size, chunk) {
  let rest = null;
  socket.on("data", (data) => {
    const bytes = rest === null ? data : Buffer.concat([rest, data]);
    const records = Math.floor(bytes.length / size);
    for (let at = 0; at < records * size; at += size) {
      if (bytes.readUInt32BE(at) !== size - 4) return socket.destroy(new Error("a record of another length"));
    }
    rest = records * size < bytes.length ? bytes.subarray(records * size) : null;
    if (records > 0) chunk(bytes, records);
  });
}

function server() {
  const listener = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    onRecords(socket, requestBytes, (bytes, records) => {
      const out = Buffer.allocUnsafe(records * replyBytes);
      for (let record = 0; record < records; record++) {
        const at = record * requestBytes;
        const known = bytes[at + 8] === methods.add;
        const sum = known ? bytes.readDoubleBE(at + 9) + bytes.readDoubleBE(at + 17) : 0;
        const status = known ? statuses.done : statuses.noSuchMethod;
        writeReply(out, record * replyBytes, bytes.readUInt32BE(at + 4), status, sum);
      }
      socket.write(out);
    });
  });
  listener.listen({ port: 0, host: "127.0.0.1" }, () => report(listener.address().port));
}

async function client(port) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const pending = new Map();
  onRecords(socket, replyBytes, (bytes, records) => {
    for (let at = 0; at < records * replyBytes; at += replyBytes) {
      const id = bytes.readUInt32BE(at + 4);
      const { resolve, reject } = pending.get(id);
      pending.delete(id);
      if (bytes[at + 8] === statuses.done) resolve(bytes.readDoubleBE(at + 9));
      else reject(new Error("no such method"));
    }
  });
  let lastId = 0;
  let requests = [];
  const flush = () => {
    const out = Buffer.allocUnsafe(requests.length * requestBytes);
    for (const [index, request] of requests.entries()) writeRequest(out, index * requestBytes, request);
    requests = [];
    socket.write(out);
  };
  return (a, b) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      if (requests.length === 0) process.nextTick(flush);
      requests.push({ id, a, b });
    });
}

await runRole({ server, client });
