// Listens at the URL of its first argument until its input ends, and answers each connection with its own address.
import { socketListener } from "../dist/index.js";

const [url = ""] = process.argv.slice(2);
try {
  const listener = await socketListener(url)({
    accept(stream) {
      stream.open({ received() {}, ended: () => stream.end(), drained() {}, closed() {} });
      stream.write(Buffer.from(stream.localAddress));
    },
    failed(error) {
      throw error;
    },
  });
  process.stdout.write(`${JSON.stringify({ address: listener.address, left: process.env.LISTEN_FDS })}\n`);
  process.stdin.resume().once("end", () => void listener.close());
} catch (error) {
  const { code, message } = error as Error & { code: string };
  process.stdout.write(`${JSON.stringify({ code, message })}\n`);
}
