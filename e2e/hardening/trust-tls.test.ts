import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { textLines } from "@parley/core";
import { createServer, echo } from "@parley/server";
import { type TlsListenerOptions, tlsDial, tlsListener } from "@parley/transport";
import { beforeAll, describe, expect, it } from "vitest";
// Certificates are a matter of the transport's tests, and nobody's who uses it: no package exports them.
// oxlint-disable-next-line no-restricted-imports
import {
  type Certificate,
  type TestAuthority,
  testAuthority,
  withoutOpenssl,
} from "../../packages/transport/test/certificates.ts";
import { besideAProbe, echoedClient, times } from "./beside-a-probe.ts";

describe.skipIf(withoutOpenssl !== undefined)(`TLS (${withoutOpenssl ?? "certificates by openssl"})`, () => {
  let ours: TestAuthority;
  let theirs: TestAuthority;
  let server: Certificate;
  let alice: Certificate;
  beforeAll(() => {
    ours = testAuthority("ours");
    theirs = testAuthority("theirs");
    server = ours.certify("server", "IP:127.0.0.1,DNS:a.example,DNS:b.example");
    alice = ours.certify("alice", "DNS:alice.example");
  });

  /** A server at a TCP port, for the probe, and at a TLS port, for what happens there. */
  async function beside(
    options: TlsListenerOptions,
    act: (
      url: string,
      place: ReturnType<typeof tlsListener>,
      identities: (string | undefined)[],
    ) => Promise<void>,
  ): Promise<void> {
    const identities: (string | undefined)[] = [];
    const served = createServer<string>({ codec: textLines(), handler: echo<string>() });
    await besideAProbe(
      served,
      (url) => echoedClient(url, textLines(), "probe"),
      async () => {
        served.events.on("serving", ({ connection }) => {
          if (connection.remoteAddress.startsWith("tls:")) identities.push(connection.identity?.subject);
        });
        const place = tlsListener("tls://127.0.0.1:0", options);
        const [url] = (await served.listen(place)) as [string];
        await act(url, place, identities);
      },
    );
  }

  it.each<[string, (name: string) => never | Promise<never>]>([
    [
      "throws",
      () => {
        throw new Error("no such name");
      },
    ],
    [
      "throws what is no Error",
      () => {
        throw "no such name";
      },
    ],
    ["is rejected", () => Promise.reject(new Error("no such name"))],
    ["gives what is no certificate", () => ({ cert: "nonsense", key: "nonsense" }) as never],
  ])("an SNI callback that %s is the end of its own handshake only", async (_, sni) => {
    await beside(
      { ...server, sni: (name) => (name === "b.example" ? undefined : sni(name)) },
      async (url, place) => {
        const dials = await times(10, () =>
          tlsDial(url, { ca: ours.cert, servername: "a.example" })().catch(
            (error: { code: string }) => error.code,
          ),
        );
        expect(new Set(dials)).toEqual(new Set(["handshake-failed"]));
        const good = await tlsDial(url, { ca: ours.cert, servername: "b.example" })();
        await expect.poll(() => place.handshakes.completed).toBe(1);
        good.destroy();
        await expect.poll(() => place.handshakes).toMatchObject({ underWay: 0, failed: 10, completed: 1 });
      },
    );
  });

  it("those who begin no handshake, or go on with none, are cut off at the deadline", async () => {
    await beside({ ...server, handshakeTimeoutMs: 200 }, async (url, place) => {
      const { port } = new URL(url);
      const sockets = await times(30, async (index) => {
        const socket = connectTcp({ host: "127.0.0.1", port: Number(port) });
        socket.on("error", () => {});
        await once(socket, "connect");
        if (index % 2 === 0) socket.write(Uint8Array.of(22, 3, 1, 0x40, 0));
        return socket;
      });
      await Promise.all(
        sockets.map((socket) => new Promise((resolve) => socket.resume().once("close", resolve))),
      );
      expect(place.handshakes).toMatchObject({ underWay: 0, timedOut: 30, completed: 0 });
    });
  });

  /** Shakes hands; resolves with the socket, and a session to resume, once both are there; null if it is turned away. */
  function shaken(
    url: string,
    options: ConnectionOptions,
  ): Promise<{ tls: TLSSocket; session: Buffer } | null> {
    const { port } = new URL(url);
    return new Promise((resolve) => {
      const tls = connectTls({ host: "127.0.0.1", port: Number(port), ca: ours.cert, ...options });
      let session: Buffer | undefined;
      tls.on("session", (ticket) => {
        session = ticket;
      });
      tls.once("secureConnect", () => tls.write("hello\n"));
      tls.once("data", () => resolve({ tls, session: session ?? (tls.getSession() as Buffer) }));
      tls.once("error", () => resolve(null));
      tls.once("close", () => resolve(null));
    });
  }

  describe.each(["TLSv1.2", "TLSv1.3"] as const)("by %s, a session", (version) => {
    const only: ConnectionOptions = { minVersion: version, maxVersion: version };

    it("of one name is not resumed under another, whose callers another CA vouches for", async () => {
      const names: Record<string, { cert: string; key: string; ca: string }> = {
        "a.example": { ...server, ca: ours.cert },
        "b.example": { ...server, ca: theirs.cert },
      };
      const options = { ...server, ca: ours.cert, requestCert: true, sni: (name: string) => names[name] };
      await beside(options, async (url, _, identities) => {
        const first = await shaken(url, { ...only, ...alice, servername: "a.example" });
        expect(first).not.toBeNull();
        expect(identities).toEqual(["CN=alice"]);
        const { tls, session } = first as { tls: TLSSocket; session: Buffer };
        tls.destroy();
        const second = await shaken(url, { ...only, session, servername: "b.example" });
        expect(second === null).toBe(true);
        expect(identities).toEqual(["CN=alice"]);
      });
    });

    it("is not resumed once the CA that vouched for its owner is replaced", async () => {
      await beside({ ...server, ca: ours.cert, requestCert: true }, async (url, place, identities) => {
        const first = await shaken(url, { ...only, ...alice });
        expect(first).not.toBeNull();
        const { tls, session } = first as { tls: TLSSocket; session: Buffer };
        tls.destroy();
        place.replaceCertificates({ ca: theirs.cert });
        expect(await shaken(url, { ...only, session })).toBeNull();
        expect(identities).toEqual(["CN=alice"]);
      });
    });
  });
});
