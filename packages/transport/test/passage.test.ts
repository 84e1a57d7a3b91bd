import { afterEach, describe, expect, it } from "vitest";
import { tlsDial } from "../src/index.ts";
import { listenerSettings } from "../src/listener-options.ts";
import { portPlace } from "../src/port-place.ts";
import { serverListener } from "../src/server-listener.ts";
import { TlsHandshaker } from "../src/tls-handshaker.ts";
import { tlsListenerOptions } from "../src/tls-options.ts";
import type { TlsStream } from "../src/tls-stream.ts";
import { testAuthority, withoutOpenssl } from "./certificates.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

describe.skipIf(withoutOpenssl !== undefined)(`a passage (${withoutOpenssl ?? "over TLS"})`, () => {
  it("may read from a connection, and put back, before it shakes hands", async () => {
    const authority = testAuthority("Parley test CA");
    const server = authority.certify("server", "IP:127.0.0.1");
    const handshaker = new TlsHandshaker(tlsListenerOptions(server));
    const accepted: TlsStream[] = [];
    const sink = {
      accept(stream: unknown) {
        accepted.push(stream as TlsStream);
        undo.push(() => (stream as TlsStream).destroy());
      },
      failed(error: Error) {
        throw error;
      },
    };
    const listener = await serverListener(
      portPlace("tls", "tls://127.0.0.1:0", { scheme: "tcp", host: "127.0.0.1", port: 0 }, undefined),
      { halfOpen: false, accept: (socket, told) => handshaker.begin(socket, told, { sink }) },
      {
        ...listenerSettings({}),
        passage(socket, proceed) {
          socket.once("data", (bytes: Buffer) => {
            socket.pause();
            socket.unshift(bytes);
            proceed({
              local: { host: "192.0.2.1", port: 1 },
              remote: { host: "192.0.2.2", port: 2 },
            });
          });
        },
      },
      sink,
    );
    undo.push(() => listener.close());
    const near = await tlsDial(listener.address, { ca: authority.cert })();
    undo.push(() => near.destroy());
    await expect.poll(() => accepted.length).toBe(1);
    expect(accepted[0]?.remoteAddress).toBe("tls://192.0.2.2:2");
    expect(accepted[0]?.localAddress).toBe("tls://192.0.2.1:1");
    const received = new Promise<string>((resolve) => {
      accepted[0]?.open({
        received: (bytes) => resolve(Buffer.from(bytes).toString()),
        ended() {},
        drained() {},
        closed() {},
      });
    });
    near.open({ received() {}, ended() {}, drained() {}, closed() {} });
    near.write(Buffer.from("through"));
    expect(await received).toBe("through");
  });
});
