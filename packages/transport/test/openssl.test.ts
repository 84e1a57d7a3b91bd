import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Listener, type TlsListen, type TlsListenerOptions, tlsListener } from "../src/index.ts";
import { type Certificate, type TestAuthority, testAuthority, withoutOpenssl } from "./certificates.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Listening {
  readonly tls: TlsListen;
  readonly listener: Listener;
  readonly failures: Error[];
  readonly port: string;
}

/** Listens, and answers whatever comes with the same bytes. */
async function echoing(options: TlsListenerOptions): Promise<Listening> {
  const failures: Error[] = [];
  const tls = tlsListener("tls://127.0.0.1:0", options);
  const listener = await tls({
    accept(stream) {
      undo.push(() => stream.destroy());
      stream.open({
        received: (bytes) => void stream.write(bytes),
        ended: () => stream.end(),
        drained() {},
        closed() {},
      });
    },
    failed: (error) => failures.push(error),
  });
  undo.push(() => listener.close());
  return { tls, listener, failures, port: new URL(listener.address).port };
}

/** A running `openssl s_client`. */
class Client {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<unknown>;
  output = "";
  #heard: () => void = () => {};

  constructor(port: string, ...args: string[]) {
    this.child = spawn("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, ...args]);
    for (const output of [this.child.stdout, this.child.stderr]) {
      output.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
        this.#heard();
      });
    }
    this.child.stdin.on("error", () => {});
    this.#exited = once(this.child, "close");
    undo.push(async () => {
      this.child.kill();
      await this.#exited;
    });
  }

  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  say(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** All that it said, once it is over. */
  async ended(): Promise<string> {
    this.child.stdin.end();
    await this.#exited;
    return this.output;
  }
}

/** The name in the certificate that a new client is shown. */
async function shown(port: string, ...args: string[]): Promise<string | undefined> {
  const client = new Client(port, ...args);
  await client.until("Verify return code");
  return /subject=.*CN = (\S+)/.exec(await client.ended())?.[1];
}

describe.skipIf(withoutOpenssl !== undefined)(`openssl s_client (${withoutOpenssl ?? "is there"})`, () => {
  let directory: string;
  let authority: TestAuthority;
  let server: Certificate;
  let ca: string;
  let stranger: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "parley-openssl-"));
    authority = testAuthority("Parley test CA");
    server = authority.certify("server", "IP:127.0.0.1,DNS:localhost");
    ca = file("ca", authority.cert);
    stranger = file("stranger", testAuthority("Stranger").cert);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function file(name: string, text: string): string {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  }

  it("is served, when it trusts the CA", async () => {
    const { port, tls } = await echoing({ ...server, alpn: ["chat/2", "chat/1"] });
    const client = new Client(port, "-CAfile", ca, "-verify_return_error", "-alpn", "chat/1");
    client.say("hello there");
    await client.until("hello there");
    const output = await client.ended();
    expect(output).toContain("Verify return code: 0 (ok)");
    expect(output).toContain("ALPN protocol: chat/1");
    expect(tls.handshakes).toMatchObject({ completed: 1, failed: 0 });
  });

  it.each([
    ["another CA", "stranger", "unable to get local issuer certificate"],
    ["an expired certificate", "expired", "certificate has expired"],
  ])("turns down %s, of which the listener is told", async (_, which, why) => {
    const certificate = which === "expired" ? authority.certify("server", "IP:127.0.0.1", true) : server;
    const { port, tls, failures } = await echoing(certificate);
    const trusted = which === "stranger" ? stranger : ca;
    // With TLS 1.3 its alert would come after the server's handshake is through.
    const output = await new Client(port, "-tls1_2", "-CAfile", trusted, "-verify_return_error").ended();
    expect(output).toContain(why);
    await expect.poll(() => tls.handshakes).toMatchObject({ underWay: 0, completed: 0, failed: 1 });
    expect(failures).toEqual([expect.objectContaining({ code: "handshake-failed", blame: "remote" })]);
  });

  it("is shown the certificate of the name that it asks for", async () => {
    const other = authority.certify("other", "DNS:other.example");
    const { port } = await echoing({
      ...server,
      sni: (name) => (name === "other.example" ? other : undefined),
    });
    expect(await shown(port, "-servername", "other.example")).toBe("other");
    expect(await shown(port, "-servername", "localhost")).toBe("server");
    expect(await shown(port, "-noservername")).toBe("server");
  });

  it("is shown replaced certificates from the next handshake on, while an old connection goes on", async () => {
    const { port, tls, listener } = await echoing(server);
    const before = new Client(port, "-CAfile", ca);
    before.say("before");
    await before.until("\nbefore");
    tls.replaceCertificates(authority.certify("renewed", "IP:127.0.0.1"));
    expect(await shown(port)).toBe("renewed");
    before.say("still here");
    await before.until("\nstill here");
    expect(await before.ended()).toContain("CN = server");
    await listener.close();
    const again = await tls({ accept: (stream) => stream.destroy(), failed() {} }, listener.address);
    undo.push(() => again.close());
    expect(again.address).toBe(listener.address);
    expect(await shown(port)).toBe("renewed");
  });

  it("may stop in the middle of its hello, and is cut off in time", async () => {
    const hello = await clientHello();
    const { port, tls, failures } = await echoing({ ...server, handshakeTimeoutMs: 60 });
    const socket = connect(Number(port), "127.0.0.1");
    undo.push(() => socket.destroy());
    socket.on("error", () => {});
    const gone = new Promise((resolve) => socket.resume().once("close", resolve));
    socket.write(hello.subarray(0, hello.length >> 1));
    await gone;
    expect(tls.handshakes).toMatchObject({ underWay: 0, completed: 0, timedOut: 1 });
    expect(failures[0]?.message).toContain("within 60 ms");
  });
});

/** What the program sends first. */
async function clientHello(): Promise<Buffer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(() => server.close());
  const { port } = server.address() as { port: number };
  const accepted = once(server, "connection");
  const client = new Client(String(port));
  const [socket] = (await accepted) as [Socket];
  const [hello] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  await client.ended();
  return hello;
}
