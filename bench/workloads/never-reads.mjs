import { once } from "node:events";
import { connect } from "node:net";

const kibibyte = 1024;
const mebibyte = 1024 * 1024;
const mostBytes = 1024 * mebibyte;

export default {
  name: "never-reads",
  title: "A client that never reads",
  about:
    "One client sends frames of 1 KiB as fast as it can and reads no reply: how much the server takes of it until it stops, or for as long as this lasts, and what that costs in memory.",
  family: "echo",
  peers: ["batched-net", "bare-net", "parley:borrowed", "parley:copied"],
  variants: [{ name: "1 KiB" }],
  figures: ["takenMebibytes", "grownMebibytes"],
  async measure({ port, ask }, { seconds }) {
    const before = await ask("collected");
    const socket = connect({ port, host: "127.0.0.1" });
    await once(socket, "connect");
    socket.pause();
    const sent = await sendAll(socket, seconds * 1000);
    const after = await ask("usage");
    socket.destroy();
    return {
      takenMebibytes: sent / mebibyte,
      grownMebibytes: (after.peakBytes - before.memoryBytes) / mebibyte,
    };
  },
};

async function sendAll(socket, ms) {
  const frame = Buffer.alloc(4 + kibibyte, "a");
  frame.writeUInt32BE(kibibyte);
  const frames = Buffer.concat(new Array(64).fill(frame));
  const end = Date.now() + ms;
  let sent = 0;
  while (Date.now() < end && sent < mostBytes) {
    const taken = new Promise((resolve) => socket.write(frames, () => resolve(true)));
    const late = new Promise((resolve) => setTimeout(resolve, end - Date.now(), false).unref());
    if (!(await Promise.race([taken, late]))) break;
    sent += frames.length;
  }
  return sent;
}
