// Echoes lines behind its own process id at the URLs it is given, and hands over to itself upon SIGUSR2.
import { textLines } from "@parley/core";
import { createServer } from "@parley/server";

const server = createServer<string>({
  codec: textLines(),
  handler: {
    message(line, connection) {
      connection.send(`${process.pid} ${line}`);
    },
  },
});
const addresses = await server.listen(...process.argv.slice(2));
process.once("SIGTERM", () => void server.close());
const handOver = async (): Promise<void> => {
  const handingOver = server.handOver({ graceMs: 5_000 });
  setImmediate(() => process.stdout.write(`${JSON.stringify({ started: process.pid })}\n`));
  const { report } = await handingOver;
  process.stdout.write(`${JSON.stringify({ from: process.pid, report })}\n`);
};
process.once("SIGUSR2", () => void handOver());
// Last, since who has read it may send a signal at once.
process.stdout.write(`${JSON.stringify({ pid: process.pid, addresses })}\n`);
