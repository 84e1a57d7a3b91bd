// One of MEMBERS connections sends frames, IN_FLIGHT at a time; everybody receives every one. Prints the deliveries.
// Usage: fan-out.mjs PORT MEMBERS IN_FLIGHT PAYLOAD SECONDS
import { once } from "node:events";
import { connect } from "node:net";

const [port, members, inFlight, payload, seconds] = process.argv.slice(2).map(Number);
const frame = Buffer.alloc(4 + payload, "a");
frame.writeUInt32BE(payload, 0);

const received = new Float64Array(members);
const sockets = [];
let sent = 0;
let complete = 0;
let behind = members;

const send = () => {
  const batch = [];
  while (sent < complete + inFlight) {
    batch.push(frame);
    sent++;
  }
  if (batch.length > 0) sockets[0].write(Buffer.concat(batch));
};

// Everybody says hello and waits to hear it, so that the server knows all of them before the counting begins.
for (let member = 0; member < members; member++) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("data", (chunk) => {
    received[member] += chunk.length;
  });
  await once(socket, "connect");
  sockets.push(socket);
  socket.write(frame);
  while (received[member] < frame.length) await once(socket, "data");
}
for (const [member, socket] of sockets.entries()) {
  while (received[member] < (members - member) * frame.length) await once(socket, "data");
  received[member] = 0;
}
for (const [member, socket] of sockets.entries()) {
  socket.removeAllListeners("data");
  socket.on("data", (chunk) => {
    const before = Math.floor(received[member] / frame.length);
    received[member] += chunk.length;
    if (before > complete || Math.floor(received[member] / frame.length) <= complete) return;
    if (--behind > 0) return;
    complete = Math.floor(Math.min(...received) / frame.length);
    behind = received.filter((bytes) => Math.floor(bytes / frame.length) <= complete).length;
    send();
  });
}
send();
setTimeout(() => {
  console.log(complete * members);
  process.exit();
}, seconds * 1000);
