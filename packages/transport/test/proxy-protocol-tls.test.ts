import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect, createServer as createTlsServer, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { Gate } from "../src/passage.ts";
import { proxyPassage } from "../src/proxy-protocol.ts";
import type { Endpoints } from "../src/socket-stream.ts";
import { type Certificate, testAuthority, withoutOpenssl } from "./certificates.ts";
import { binaryHeader, tcp4Endpoints, textHeader } from "./proxy-headers.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** What is written to it leaves by `socket`; what leaves first is taken apart by `chunks`. */
function prefixed(socket: Socket, chunks: (hello: Buffer) => Buffer[]): Duplex {
  let isFirst = true;
  const writeInTurn = ([chunk, ...others]: Buffer[], done: () => void): void => {
    socket.write(chunk as Buffer, () =>
      others.length === 0 ? done() : setImmediate(writeInTurn, others, done),
    );
  };
  const duplex = new Duplex({
    read() {},
    write(bytes: Buffer, _, done) {
      writeInTurn(isFirst ? chunks(bytes) : [bytes], done);
      isFirst = false;
    },
    final: (done) => void socket.end(() => done()),
  });
  socket.on("data", (bytes) => duplex.push(bytes)).on("end", () => duplex.push(null));
  return duplex;
}

describe.skipIf(withoutOpenssl !== undefined)(
  `TLS behind a PROXY header (${withoutOpenssl ?? "certificates by openssl"})`,
  () => {
    let ca: string;
    let server: Certificate;
    beforeAll(() => {
      const authority = testAuthority("Parley test CA");
      server = authority.certify("server", "IP:127.0.0.1");
      ca = authority.cert;
    });

    it.each<[string, (hello: Buffer) => Buffer[]]>([
      ["in one packet with the handshake's first", (hello) => [Buffer.concat([binaryHeader(), hello])]],
      [
        "in one packet with half of it",
        (hello) => [
          Buffer.concat([Buffer.from(textHeader(tcp4Endpoints)), hello.subarray(0, 50)]),
          hello.subarray(50),
        ],
      ],
      [
        "in two packets ahead of it",
        (hello) => [binaryHeader().subarray(0, 20), binaryHeader().subarray(20), hello],
      ],
    ])("shakes hands where it comes %s", async (_, chunks) => {
      const told: (Endpoints | undefined)[] = [];
      const tlsServer = createTlsServer(server, (tls: TLSSocket) => {
        undo.push(() => tls.destroy());
        tls.on("error", () => {});
        tls.pipe(tls);
      });
      const accept = (socket: Socket, endpoints?: Endpoints): void => {
        told.push(endpoints);
        socket.on("error", () => {});
        tlsServer.emit("connection", socket);
      };
      const gate = new Gate(proxyPassage({ from: ["127.0.0.0/8"] }), accept, (error) => {
        throw error;
      });
      const listener = createServer((socket) => gate.enter(socket)).listen(0, "127.0.0.1");
      undo.push(() => listener.close());
      await once(listener, "listening");
      const raw = createConnection((listener.address() as AddressInfo).port, "127.0.0.1");
      undo.push(() => raw.destroy());
      raw.setNoDelay();
      await once(raw, "connect");
      const tls = connect({ socket: prefixed(raw, chunks), ca, host: "127.0.0.1" });
      undo.push(() => tls.destroy());
      await once(tls, "secureConnect");
      tls.write("through");
      const [answer] = (await once(tls, "data")) as [Buffer];
      expect(answer.toString()).toBe("through");
      expect(told).toEqual([tcp4Endpoints]);
    });
  },
);
