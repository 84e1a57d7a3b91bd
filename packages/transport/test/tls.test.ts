import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { ByteStream } from "@parley/core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type DialOptions,
  type Listener,
  socketListener,
  type TlsDialOptions,
  type TlsListen,
  type TlsListenerOptions,
  type TlsStream,
  tlsDial,
  tlsListener,
} from "../src/index.ts";
import { type Certificate, type TestAuthority, testAuthority, withoutOpenssl } from "./certificates.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Listening {
  readonly tls: TlsListen;
  readonly listener: Listener;
  readonly accepted: TlsStream[];
  readonly failures: Error[];
}

async function listening(options: TlsListenerOptions): Promise<Listening> {
  const accepted: TlsStream[] = [];
  const failures: Error[] = [];
  const tls = tlsListener("tls://127.0.0.1:0", options);
  const listener = await tls({
    accept(stream) {
      accepted.push(stream as TlsStream);
      undo.push(() => stream.destroy());
    },
    failed: (error) => failures.push(error),
  });
  undo.push(() => listener.close());
  return { tls, listener, accepted, failures };
}

/** A bare TCP connection to where TLS is spoken. */
async function bare({ listener }: Listening): Promise<Socket> {
  const socket = connectTcp({ host: "127.0.0.1", port: Number(new URL(listener.address).port) });
  socket.on("error", () => {});
  undo.push(() => socket.destroy());
  await new Promise((resolve) => socket.once("connect", resolve).once("error", resolve));
  return socket;
}

async function dialled(url: string, options: TlsDialOptions, how: DialOptions = {}): Promise<TlsStream> {
  const stream = (await tlsDial(url, options)(how)) as TlsStream;
  undo.push(() => stream.destroy());
  return stream;
}

function gone(socket: Socket): Promise<unknown> {
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => socket.resume().once("close", resolve));
}

function closed(stream: ByteStream): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stream.open({ received() {}, ended: () => stream.end(), drained() {}, closed: resolve });
  });
}

describe.skipIf(withoutOpenssl !== undefined)(`TLS (${withoutOpenssl ?? "certificates by openssl"})`, () => {
  let authority: TestAuthority;
  let stranger: TestAuthority;
  let server: Certificate;
  let caller: Certificate;
  let ca: string;
  beforeAll(() => {
    authority = testAuthority("Parley test CA");
    stranger = testAuthority("Stranger");
    server = authority.certify("server", "IP:127.0.0.1,DNS:localhost");
    caller = authority.certify("alice", "DNS:alice.example,URI:spiffe://example/alice");
    ca = authority.cert;
  });

  it("hands over streams that have shaken hands, with addresses and protocol", async () => {
    const place = await listening({ ...server, alpn: ["chat/2", "chat/1"] });
    const near = await dialled(place.listener.address, { ca, alpn: ["chat/1"] });
    expect(near.remoteAddress).toBe(place.listener.address);
    expect(near.protocol).toBe("chat/1");
    await expect.poll(() => place.accepted[0]?.protocol).toBe("chat/1");
    expect(place.accepted[0]?.remoteAddress).toBe(near.localAddress);
    expect(place.accepted[0]?.identity).toBeUndefined();
    expect(near.identity).toMatchObject({
      subject: "CN=server",
      altNames: "IP Address:127.0.0.1, DNS:localhost",
    });
    expect(place.tls.handshakes).toMatchObject({ underWay: 0, completed: 1, failed: 0 });
  });

  it("begins no handshake that there is no descriptor for", async () => {
    const tls = tlsListener("tls://127.0.0.1:0", server);
    const failures: Error[] = [];
    const listener = await tls({
      accept() {},
      turnsAway: (descriptor) => descriptor !== undefined,
      failed: (error) => failures.push(error),
    });
    undo.push(() => listener.close());
    await gone(await bare({ tls, listener, accepted: [], failures }));
    expect(tls.handshakes).toEqual({ underWay: 0, completed: 0, failed: 0, timedOut: 0, refused: 0 });
    expect(failures).toEqual([]);
  });

  it.each<[string, string, () => TlsDialOptions, () => TlsListenerOptions]>([
    [
      "a CA that is not trusted",
      "give the certificate of its CA as ca",
      () => ({ ca: stranger.cert }),
      () => server,
    ],
    ["no CA at all", "give the certificate of its CA as ca", () => ({}), () => server],
    [
      "an expired certificate",
      "has expired",
      () => ({ ca }),
      () => authority.certify("server", "IP:127.0.0.1", true),
    ],
    ["another name", "for other names", () => ({ ca, servername: "other.example" }), () => server],
    ["no common protocol", "in alpn", () => ({ ca, alpn: ["x"] }), () => ({ ...server, alpn: ["y"] })],
  ])("says what to do about %s", async (_, advice, dial, listen) => {
    const place = await listening(listen());
    await expect(dialled(place.listener.address, dial())).rejects.toMatchObject({
      code: "handshake-failed",
      blame: "remote",
      message: expect.stringContaining(advice) as string,
    });
    // A caller who turns the server down may have been accepted before its alert came.
    await expect.poll(() => place.tls.handshakes.underWay).toBe(0);
  });

  it("says so when no TLS is spoken, or nobody listens", async () => {
    const plain = await socketListener("tcp://127.0.0.1:0")({
      accept(stream) {
        undo.push(() => stream.destroy());
        stream.open({
          received: () => stream.write(Buffer.from("hello\n")),
          ended() {},
          drained() {},
          closed() {},
        });
      },
      failed() {},
    });
    const url = plain.address.replace("tcp:", "tls:");
    await expect(dialled(url, { ca })).rejects.toMatchObject({
      code: "handshake-failed",
      message: expect.stringContaining("does not speak TLS") as string,
    });
    await plain.close();
    await expect(dialled(url, { ca })).rejects.toMatchObject({ code: "connect-failed" });
  });

  it("gives up a handshake that is not answered, in time or when aborted", async () => {
    const silent = await socketListener("tcp://127.0.0.1:0")({
      accept: (stream) => undo.push(() => stream.destroy()),
      failed() {},
    });
    undo.push(() => silent.close());
    const url = silent.address.replace("tcp:", "tls:");
    await expect(dialled(url, { ca }, { connectTimeoutMs: 50 })).rejects.toMatchObject({
      code: "connect-timeout",
    });
    const signal = AbortSignal.timeout(20);
    await expect(dialled(url, { ca }, { signal })).rejects.toMatchObject({ code: "aborted" });
  });

  it("knows its callers by certificates of its ca, and lets in no others", async () => {
    const place = await listening({ ...server, ca, requestCert: true });
    const url = place.listener.address;
    await dialled(url, { ca, ...caller });
    await expect.poll(() => place.accepted.length).toBe(1);
    expect(place.accepted[0]?.identity).toMatchObject({
      subject: "CN=alice",
      altNames: "DNS:alice.example, URI:spiffe://example/alice",
    });
    for (const options of [{ ca }, { ca, ...stranger.certify("alice", "DNS:alice.example") }]) {
      const near = await dialled(url, options).catch(() => null);
      if (near !== null) await closed(near);
    }
    await expect.poll(() => place.tls.handshakes.failed).toBe(2);
    expect(place.accepted).toHaveLength(1);
    expect(place.failures).toHaveLength(2);
    expect(place.failures[0]).toMatchObject({ code: "handshake-failed", blame: "remote" });
  });

  it("does not call an unauthorised caller by the name it claims", async () => {
    const place = await listening({ ...server, ca, requestCert: true, rejectUnauthorized: false });
    await dialled(place.listener.address, { ca, ...stranger.certify("alice", "DNS:alice.example") });
    await expect.poll(() => place.accepted.length).toBe(1);
    expect(place.accepted[0]?.identity).toBeUndefined();
  });

  it("chooses certificates by name; a callback that throws ends its own handshake only", async () => {
    const other = authority.certify("other", "DNS:other.example");
    const place = await listening({
      ...server,
      ca,
      requestCert: true,
      sni(name) {
        if (name === "throws.example") throw new Error("no such name");
        if (name === "rejects.example") return Promise.reject(new Error("no such name"));
        return name === "other.example" ? other : undefined;
      },
    });
    const url = place.listener.address;
    for (const servername of ["throws.example", "rejects.example"]) {
      await expect(dialled(url, { ca, servername, ...caller })).rejects.toMatchObject({
        code: "handshake-failed",
      });
    }
    await expect.poll(() => place.tls.handshakes.failed).toBe(2);
    const named = await dialled(url, { ca, servername: "other.example", ...caller });
    expect(named.identity?.subject).toBe("CN=other");
    expect((await dialled(url, { ca, servername: "localhost", ...caller })).identity?.subject).toBe(
      "CN=server",
    );
    await expect.poll(() => place.accepted.length).toBe(2);
    // Whoever asks for that name must satisfy the listener's ca all the same.
    for (const { identity } of place.accepted) expect(identity?.subject).toBe("CN=alice");
  });

  it("uses other certificates from the next handshake on, and keeps the old where the new are no good", async () => {
    const place = await listening(server);
    const url = place.listener.address;
    const before = await dialled(url, { ca });
    const renewed = authority.certify("renewed", "IP:127.0.0.1");
    place.tls.replaceCertificates(renewed);
    expect((await dialled(url, { ca })).identity?.subject).toBe("CN=renewed");
    expect(() => place.tls.replaceCertificates({ cert: "nonsense" })).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
    expect(() => place.tls.replaceCertificates({ cert: server.cert })).toThrow("belonging to the other");
    expect((await dialled(url, { ca })).identity?.subject).toBe("CN=renewed");
    await expect.poll(() => place.accepted.length).toBe(3);
    const answered = new Promise<string>((resolve) => {
      before.open({
        received: (bytes) => resolve(Buffer.from(bytes).toString()),
        ended() {},
        drained() {},
        closed() {},
      });
    });
    place.accepted[0]?.write(Buffer.from("still here"));
    expect(await answered).toBe("still here");
  });

  it("breaks off a handshake that trickles past its deadline", async () => {
    const place = await listening({ ...server, handshakeTimeoutMs: 60 });
    const socket = await bare(place);
    const trickle = setInterval(() => socket.write(Uint8Array.of(22)), 5);
    undo.push(() => clearInterval(trickle));
    // The head of a handshake record of 16 KiB, whose body then trickles in.
    socket.write(Uint8Array.of(22, 3, 1, 0x40, 0));
    await gone(socket);
    expect(place.tls.handshakes).toMatchObject({ underWay: 0, timedOut: 1, failed: 0 });
    expect(place.failures[0]?.message).toContain("within 60 ms");
  });

  it("resets whoever comes while maxHandshakes are under way, and takes others again after", async () => {
    const place = await listening({ ...server, maxHandshakes: 1 });
    const first = await bare(place);
    await expect.poll(() => place.tls.handshakes.underWay).toBe(1);
    const second = await bare(place);
    await gone(second);
    expect(place.tls.handshakes.refused).toBe(1);
    first.destroy();
    await expect.poll(() => place.tls.handshakes).toMatchObject({ underWay: 0, failed: 1 });
    await dialled(place.listener.address, { ca });
  });

  it("counts bytes that are no handshake, and goes on", async () => {
    const place = await listening(server);
    const socket = await bare(place);
    socket.end("GET / HTTP/1.1\r\n\r\n");
    await gone(socket);
    await expect.poll(() => place.tls.handshakes.failed).toBe(1);
    expect(place.failures).toHaveLength(1);
    await dialled(place.listener.address, { ca });
  });

  it("leaves nothing under way when it is closed", async () => {
    const place = await listening(server);
    const socket = await bare(place);
    await expect.poll(() => place.tls.handshakes.underWay).toBe(1);
    await place.listener.close();
    await gone(socket);
    await expect.poll(() => place.tls.handshakes.underWay).toBe(0);
  });

  it("serves a client that is not Parley's, with a FIN on either side", async () => {
    const place = await listening(server);
    const port = Number(new URL(place.listener.address).port);
    const client = connectTls({ host: "127.0.0.1", port, ca, allowHalfOpen: true } as ConnectionOptions);
    undo.push(() => client.destroy());
    await once(client, "secureConnect");
    await expect.poll(() => place.accepted.length).toBe(1);
    const [stream] = place.accepted as [TlsStream];
    const gone = new Promise<Error | undefined>((resolve) => {
      const ended = (): void => {
        stream.write(Buffer.from("answer"));
        stream.end();
      };
      stream.open({ received() {}, ended, drained() {}, closed: resolve });
    });
    client.end("question");
    const answer = await client.toArray();
    expect(Buffer.concat(answer as Buffer[]).toString()).toBe("answer");
    expect(await gone).toBeUndefined();
  });

  it("refuses options that cannot hold at once", () => {
    const bad = expect.objectContaining({ code: "bad-option" }) as Error;
    const at = "tls://127.0.0.1:0";
    for (const options of [
      { handshakeTimeoutMs: 0 },
      { maxHandshakes: 0 },
      { requestCert: true },
      { cert: "x" },
    ])
      expect(() => tlsListener(at, { ...server, ...options })).toThrow(bad);
    expect(() => tlsDial(at, { cert: "x" })).toThrow(bad);
    for (const url of ["tcp://127.0.0.1:0", "tls://127.0.0.1", "tls:x"])
      expect(() => tlsDial(url)).toThrow(expect.objectContaining({ code: "bad-address" }));
    expect(() => socketListener(at)).toThrow("use tlsListener");
  });
});
