import { spawn, spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  type Connection,
  ConnectionSetup,
  connectionOptions,
  StreamConnection,
  textLines,
} from "@parley/core";
import { socketDial, systemClock, type UdpListen, udpListener } from "@parley/transport";
import { afterEach, describe, expect, it } from "vitest";
import { broadcast, createServer, daytime, echo, type Server, type ServerOptions } from "../src/index.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

/** A server of text at a UDP port, and its port. */
async function serve(
  options: Partial<ServerOptions<string>> = {},
  listen: UdpListen = udpListener("udp://127.0.0.1:0"),
): Promise<{ server: Server<string>; url: string; port: number }> {
  const server = createServer<string>({ codec: textLines(), handler: echo(), ...options });
  undo.push(() => server.close({ graceMs: 0 }));
  const [url = ""] = await server.listen(listen);
  return { server, url, port: Number(new URL(url).port) };
}

async function dial(url: string): Promise<StreamConnection<string>> {
  const setup = new ConnectionSetup<string>({
    idPrefix: "d",
    codec: textLines(),
    clock: systemClock,
    options: connectionOptions({}),
  });
  const connection = new StreamConnection(setup, await socketDial(url)(), 1);
  connection.open();
  return connection;
}

/** A client's socket, with what it has received. */
class Client {
  readonly socket: Socket = createSocket("udp4");
  readonly received: string[] = [];
  #look: () => void = () => {};

  constructor() {
    undo.push(() => this.socket.close());
    this.socket.on("message", (datagram) => {
      this.received.push(String(datagram));
      this.#look();
    });
  }

  send(port: number, ...datagrams: string[]): void {
    for (const datagram of datagrams) this.socket.send(datagram, port, "127.0.0.1");
  }

  until(count: number): Promise<string[]> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (this.received.length >= count) resolve(this.received);
      };
      this.#look();
    });
  }
}

/** Sends a datagram whose source port is 0, which only a raw socket can. */
const forged = `
import socket, struct, sys
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
raw.sendto(struct.pack(">HHHH", 0, int(sys.argv[1]), 9, 0) + b"x", ("127.0.0.1", 0))
`;
const rawSocket = "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)";
/** Raw sockets are the superuser's. */
const mayForge = spawnSync("python3", ["-c", rawSocket]).status === 0;

describe("a server at a UDP port", () => {
  it("takes each datagram for a message, whatever is in it, and keeps remote addresses apart", async () => {
    const { server, port } = await serve();
    const [one, other] = [new Client(), new Client()];
    one.send(port, "one", "two\nlines\n", "", "three");
    other.send(port, "hello");
    expect(await one.until(4)).toEqual(["one", "two\nlines\n", "", "three"]);
    expect(await other.until(1)).toEqual(["hello"]);
    expect(server.counters).toMatchObject({ serving: 2, accepted: 2 });
    const [connection] = server.connections();
    expect(connection?.info()).toMatchObject({ codec: "datagrams+text", counters: { messagesIn: 4 } });
  });

  it("serves TCP with the same codec and handler", async () => {
    const { server, port } = await serve();
    const [tcp = ""] = await server.listen("tcp://127.0.0.1:0");
    const stream = await dial(tcp);
    stream.send("by TCP");
    for await (const line of stream) {
      expect(line).toBe("by TCP");
      break;
    }
    const client = new Client();
    client.send(port, "by UDP");
    expect(await client.until(1)).toEqual(["by UDP"]);
    await stream.close();
  });

  it("broadcasts between UDP and TCP", async () => {
    const codec = textLines();
    const { server, port } = await serve({ codec, handler: broadcast(codec, { echo: true }) });
    const [tcp = ""] = await server.listen("tcp://127.0.0.1:0");
    const line = (await dial(tcp))[Symbol.asyncIterator]();
    while (server.counters.serving < 1) await once(server.events as never, "serving");
    const client = new Client();
    client.send(port, "hello");
    expect(await client.until(1)).toEqual(["hello"]);
    expect((await line.next()).value).toBe("hello");
  });

  it("is dialled, and loses who is not there", async () => {
    const { url, server } = await serve();
    const connection = await dial(url);
    connection.send("hello");
    connection.send("again");
    const seen: string[] = [];
    for await (const message of connection) if (seen.push(message) === 2) break;
    expect(seen).toEqual(["hello", "again"]);
    expect(await connection.close()).toEqual({ by: "local", kind: "ended" });
    await server.close({ graceMs: 0 });
    const nobody = await dial(url);
    nobody.send("hello?");
    const next = nobody[Symbol.asyncIterator]().next();
    await expect(next).rejects.toMatchObject({ reason: { kind: "reset", code: "ECONNREFUSED" } });
  });

  it("forgets who was answered and closed, and begins anew with the next datagram", async () => {
    const { server, port } = await serve({ handler: daytime({ now: () => 0 }) });
    const client = new Client();
    client.send(port, "what time is it?");
    expect(await client.until(1)).toEqual(["1970-01-01T00:00:00.000Z"]);
    if (server.counters.serving > 0) await once(server.events as never, "closed");
    client.send(port, "and now?");
    await client.until(2);
    expect(server.counters.accepted).toBe(2);
  });

  it("ends a connection by which nothing has come for idleTimeoutMs", async () => {
    const listen = udpListener("udp://127.0.0.1:0", { idleTimeoutMs: 60 });
    const { server, port } = await serve({}, listen);
    const closed = once(server.events as never, "closed");
    new Client().send(port, "once");
    const [event] = (await closed) as [{ reason: unknown }];
    expect(event.reason).toEqual({ by: "remote", kind: "ended" });
    expect(listen.counters).toMatchObject({ connections: 0, received: 1, sent: 1 });
  });

  it("is rid of a connection that its handler never ends, and of nobody else", async () => {
    const listen = udpListener("udp://127.0.0.1:0", { idleTimeoutMs: 60 });
    const { server, port } = await serve(
      { handler: { ended() {}, message: (message, connection) => void connection.send(message) } },
      listen,
    );
    const client = new Client();
    const closed = once(server.events as never, "closed");
    client.send(port, "hello");
    await closed;
    client.send(port, "again");
    expect(await client.until(2)).toEqual(["hello", "again"]);
    expect(server.counters.accepted).toBe(2);
  });

  it("asks who is silent for a sign of life, and gives up who gives none", async () => {
    const { server, port } = await serve({ heartbeat: { intervalMs: 150, message: "there?" } });
    const closed = once(server.events as never, "closed");
    const client = new Client();
    client.send(port, "hello");
    expect(await client.until(2)).toEqual(["hello", "there?"]);
    const [event] = (await closed) as [{ reason: unknown }];
    expect(event.reason).toMatchObject({ by: "local", kind: "unresponsive" });
  });

  it("keeps nobody out over TCP, however many addresses send datagrams", async () => {
    const { server, port } = await serve({ maxConnections: 1 });
    const strangers = [new Client(), new Client(), new Client()];
    for (const stranger of strangers) stranger.send(port, "hello");
    await Promise.all(strangers.map((stranger) => stranger.until(1)));
    const [url = ""] = await server.listen("tcp://127.0.0.1:0");
    const connection = await dial(url);
    connection.send("hello");
    for await (const line of connection) {
      expect(line).toBe("hello");
      break;
    }
    expect(server.counters).toMatchObject({ serving: 4, refused: 0 });
  });

  it("drops datagrams from more remote addresses than maxConnections", async () => {
    const listen = udpListener("udp://127.0.0.1:0", { maxConnections: 2 });
    const { server, port } = await serve({}, listen);
    const clients = [new Client(), new Client(), new Client()];
    for (const client of clients.slice(0, 2)) {
      client.send(port, "in");
      await client.until(1);
    }
    clients[2]?.send(port, "out");
    clients[0]?.send(port, "still in");
    await clients[0]?.until(2);
    expect(listen.counters).toMatchObject({ connections: 2, dropped: 1 });
    expect(clients[2]?.received).toEqual([]);
    expect(server.counters.accepted).toBe(2);
  });

  it("is bounded by admission as well: one beyond is told the refusal", async () => {
    const { port } = await serve({ concurrency: 1, backlog: 0, refusal: "full" });
    const [one, other] = [new Client(), new Client()];
    one.send(port, "hello");
    await one.until(1);
    other.send(port, "hello");
    expect(await other.until(1)).toEqual(["full"]);
  });

  it("drops what a connection that does not read cannot keep", async () => {
    const listen = udpListener("udp://127.0.0.1:0", { maxQueuedBytes: 1_000 });
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const seen: string[] = [];
    const { port } = await serve(
      {
        readAheadBytes: 1,
        handler: {
          async message(message, connection: Connection<string>) {
            seen.push(message);
            await held;
            connection.send(message);
          },
        },
      },
      listen,
    );
    const client = new Client();
    const datagrams = Array.from({ length: 50 }, (_, index) => String(index).padStart(100, "."));
    client.send(port, ...datagrams);
    while (listen.counters.received < 50) await new Promise(setImmediate);
    const { dropped } = listen.counters;
    expect(dropped).toBeGreaterThan(30);
    goOn();
    await client.until(50 - dropped);
    expect(client.received).toEqual(datagrams.slice(0, 50 - dropped));
  });

  it("passes over a datagram longer than maxFrameBytes, and goes on", async () => {
    const { port } = await serve({ codec: textLines({ maxFrameBytes: 10 }) });
    const client = new Client();
    client.send(port, "far too long for it", "short");
    expect(await client.until(1)).toEqual(["short"]);
  });

  it("drains: answers what has come, takes no new remote address, and frees the port", async () => {
    let answer = (): void => {};
    const { server, port, url } = await serve({
      handler: {
        message: (message, connection) =>
          new Promise<void>((resolve) => {
            answer = () => {
              connection.send(message);
              resolve();
            };
          }),
      },
    });
    const client = new Client();
    const serving = once(server.events as never, "serving");
    client.send(port, "pending");
    await serving;
    await new Promise(setImmediate);
    const closing = server.close({ graceMs: 5_000 });
    new Client().send(port, "too late");
    await new Promise(setImmediate);
    answer();
    expect(await closing).toMatchObject({ completed: 1, aborted: 0 });
    expect(await client.until(1)).toEqual(["pending"]);
    expect(server.counters.accepted).toBe(1);
    const next = createServer<string>({ codec: textLines(), handler: echo() });
    undo.push(() => next.close({ graceMs: 0 }));
    expect(await next.listen(url)).toEqual([url]);
  });

  it("serves many remote addresses, by IPv6 and IPv4 at one port", async () => {
    const { server, port } = await serve({}, udpListener("udp://[::]:0"));
    const socket = createSocket("udp4");
    undo.push(() => socket.close());
    const clients = Array.from({ length: 200 }, () => new Client());
    for (let round = 0; round < 5; round++) {
      for (const client of clients) client.send(port, `round ${round}`);
      await Promise.all(clients.map((client) => client.until(round + 1)));
    }
    expect(server.counters).toMatchObject({ serving: 200, accepted: 200 });
    for (const client of clients)
      expect(client.received).toEqual(["round 0", "round 1", "round 2", "round 3", "round 4"]);
    expect(server.connections()[0]?.remoteAddress).toMatch(/^udp:\/\/127\.0\.0\.1:\d+$/);
  });

  it("bounds 1,000 remote addresses at once, and serves those it has", async () => {
    const listen = udpListener("udp://127.0.0.1:0", { maxConnections: 50 });
    const { server, port } = await serve({}, listen);
    const [first, ...others] = Array.from({ length: 1_000 }, () => new Client()) as [Client, ...Client[]];
    first.send(port, "first");
    await first.until(1);
    for (const client of others) client.send(port, "me too");
    // The system may itself drop some of so many at once.
    while (listen.counters.dropped === 0) await new Promise(setImmediate);
    while (first.received.length < 2) {
      first.send(port, "still here");
      await new Promise(setImmediate);
    }
    expect(first.received.slice(0, 2)).toEqual(["first", "still here"]);
    expect(listen.counters.connections).toBe(50);
    expect(server.counters).toMatchObject({ serving: 50, accepted: 50 });
  });

  it.skipIf(!mayForge)("lives on when a datagram has no port to answer to", async () => {
    const listen = udpListener("udp://127.0.0.1:0");
    const { port } = await serve({}, listen);
    expect(spawnSync("python3", ["-c", forged, String(port)], { encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
    const client = new Client();
    client.send(port, "and now?");
    expect(await client.until(1)).toEqual(["and now?"]);
    expect(listen.counters).toMatchObject({ received: 2, dropped: 1, sent: 1 });
  });

  it("refuses a port that is taken, and resumes at its own", async () => {
    const { server, url } = await serve();
    const second = createServer<string>({ codec: textLines(), handler: echo() });
    await expect(second.listen(url)).rejects.toMatchObject({ code: "address-in-use" });
    await server.suspend();
    await server.resume();
    expect(server.addresses).toEqual([url]);
    await expect(server.handOver()).rejects.toMatchObject({ code: "hand-over-failed" });
  });

  // Without netcat-openbsd.
  const hasNetcat = /openbsd/i.test(String(spawnSync("nc", ["-h"]).stderr));
  it.skipIf(!hasNetcat)("answers nc -u", async () => {
    const { port } = await serve();
    const nc = spawn("nc", ["-u", "127.0.0.1", String(port)], { stdio: ["pipe", "pipe", "inherit"] });
    undo.push(() => nc.kill("SIGKILL"));
    for (const text of ["hello\n", "two\nlines\n"]) {
      nc.stdin.write(text);
      expect(String((await once(nc.stdout, "data"))[0])).toBe(text);
    }
  });
});
