// Listens at the URLs of its arguments until its input ends, and answers each connection with "successor".
import { socketListener, tlsListener } from "../dist/index.js";

const { CERT: cert = "", KEY: key = "" } = process.env;
const listeners = await Promise.all(
  process.argv.slice(2).map((url) => {
    const listen = url.startsWith("tls:") ? tlsListener(url, { cert, key }) : socketListener(url);
    return listen({
      accept(stream) {
        stream.open({ received() {}, ended() {}, drained() {}, closed() {} });
        stream.write(Buffer.from("successor"));
        stream.end();
      },
      failed(error) {
        throw error;
      },
    });
  }),
);
const addresses = listeners.map(({ address }) => address);
process.stdout.write(`${JSON.stringify({ addresses, left: process.env.PARLEY_INHERIT ?? null })}\n`);
process.stdin.resume().once("end", () => {
  for (const listener of listeners) void listener.close();
});
