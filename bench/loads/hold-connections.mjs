// Opens COUNT connections to PORT, says so, and holds them until its input ends. `node hold-connections.mjs PORT COUNT`.
import { once } from "node:events";
import { connect } from "node:net";

const [port, count] = process.argv.slice(2).map(Number);
const atOnce = 200;
for (let opened = 0; opened < count; opened += atOnce) {
  const sockets = Array.from({ length: Math.min(atOnce, count - opened) }, () =>
    connect({ port, host: "127.0.0.1" }),
  );
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
}
process.stdout.write("held\n");
process.stdin.resume().once("end", () => process.exit());
