// RSocket's request/response over TCP with the 1.0 alpha, as its guide has it.
import { createServer } from "node:net";
import { RSocketConnector, RSocketServer } from "rsocket-alpha-core";
import { TcpClientTransport } from "rsocket-alpha-tcp-client";
import { TcpServerTransport } from "rsocket-alpha-tcp-server";
import { report } from "../../servers/report.mjs";
import { runRole } from "../roles.mjs";

const encode = (value) => Buffer.from(JSON.stringify(value));
const decode = (data) => JSON.parse(data.toString());

async function server() {
  const listener = createServer({ noDelay: true });
  const rsocket = new RSocketServer({
    transport: new TcpServerTransport({
      listenOptions: { port: 0, host: "127.0.0.1" },
      socketCreator: () => listener,
    }),
    acceptor: {
      accept: async () => ({
        requestResponse({ data }, responder) {
          const { a, b } = decode(data);
          responder.onNext({ data: encode(a + b) }, true);
          return { cancel() {}, onExtension() {} };
        },
      }),
    },
  });
  await rsocket.bind();
  report(listener.address().port, { uses: ["rsocket-alpha-core", "rsocket-alpha-tcp-server"] });
}

async function client(port) {
  const connector = new RSocketConnector({
    transport: new TcpClientTransport({ connectionOptions: { host: "127.0.0.1", port, noDelay: true } }),
  });
  const rsocket = await connector.connect();
  return (a, b) =>
    new Promise((resolve, reject) => {
      rsocket.requestResponse(
        { data: encode({ a, b }) },
        { onNext: ({ data }) => resolve(decode(data)), onError: reject, onComplete() {}, onExtension() {} },
      );
    });
}

await runRole({ server, client });
