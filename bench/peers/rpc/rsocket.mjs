// RSocket's request/response over TCP with the version that npm calls the latest.
import { createServer } from "node:net";
import rsocketCore from "rsocket-core";
import rsocketFlowable from "rsocket-flowable";
import rsocketTcpClient from "rsocket-tcp-client";
import rsocketTcpServer from "rsocket-tcp-server";
import { report } from "../../servers/report.mjs";
import { runRole } from "../roles.mjs";

const { BufferEncoders, RSocketClient, RSocketServer } = rsocketCore;
const { Single } = rsocketFlowable;

const encode = (value) => Buffer.from(JSON.stringify(value));
const decode = (data) => JSON.parse(data.toString());

function server() {
  const serverFactory = (onConnect) => {
    const listener = createServer({ noDelay: true }, onConnect);
    listener.on("listening", () =>
      report(listener.address().port, { uses: ["rsocket-core", "rsocket-tcp-server"] }),
    );
    return listener;
  };
  const rsocket = new RSocketServer({
    transport: new rsocketTcpServer.default({ port: 0, host: "127.0.0.1", serverFactory }, BufferEncoders),
    getRequestHandler: () => ({
      requestResponse({ data }) {
        const { a, b } = decode(data);
        return Single.of({ data: encode(a + b) });
      },
    }),
  });
  rsocket.start();
}

async function client(port) {
  const connector = new RSocketClient({
    setup: {
      keepAlive: 60_000,
      lifetime: 180_000,
      dataMimeType: "application/json",
      metadataMimeType: "message/x.rsocket.composite-metadata.v0",
    },
    transport: new rsocketTcpClient.default({ host: "127.0.0.1", port, noDelay: true }, BufferEncoders),
  });
  const rsocket = await connector.connect();
  return (a, b) =>
    new Promise((resolve, reject) => {
      rsocket
        .requestResponse({ data: encode({ a, b }) })
        .subscribe({ onComplete: ({ data }) => resolve(decode(data)), onError: reject });
    });
}

await runRole({ server, client });
