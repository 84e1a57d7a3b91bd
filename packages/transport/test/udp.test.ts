import dgram, { type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, it, vi } from "vitest";
import { socketDial } from "../src/dial.ts";
import type { Listener } from "../src/listener.ts";
import { type UdpListen, udpListener } from "../src/udp-listener.ts";
import type { UdpListenerOptions } from "../src/udp-options.ts";
import { record, type UdpRecord } from "./udp-record.ts";

/** The sockets made so far, so that what no remote on loopback can do may be done to them. */
const sockets: Socket[] = [];
vi.mock("node:dgram", async (original) => {
  const real: typeof dgram = await original();
  const createSocket = (options: dgram.SocketOptions): Socket => {
    const socket = real.createSocket(options);
    sockets.push(socket);
    return socket;
  };
  return { ...real, createSocket };
});

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  sockets.length = 0;
});

interface Listening {
  readonly listen: UdpListen;
  readonly listener: Listener;
  readonly socket: Socket;
  readonly port: number;
  readonly accepted: UdpRecord[];
  /** Resolves with what was accepted in that place. */
  connection(place: number): Promise<UdpRecord>;
}

async function listening(options: UdpListenerOptions = {}, url = "udp://127.0.0.1:0"): Promise<Listening> {
  const accepted: UdpRecord[] = [];
  let look = (): void => {};
  const listen = udpListener(url, options);
  const listener = await listen({
    accept(stream) {
      accepted.push(record(stream));
      look();
    },
    failed: (error) => expect.fail(String(error)),
  });
  undo.push(async () => {
    await listener.close();
    for (const { stream } of accepted) stream.destroy();
  });
  const connection = (place: number): Promise<UdpRecord> =>
    new Promise((resolve) => {
      look = () => {
        const stream = accepted[place];
        if (stream !== undefined) resolve(stream);
      };
      look();
    });
  const port = Number(new URL(listener.address).port);
  return { listen, listener, socket: sockets.at(-1) as Socket, port, accepted, connection };
}

function client(type: "udp4" | "udp6" = "udp4"): Socket {
  const socket = dgram.createSocket(type);
  undo.push(() => socket.close());
  return socket;
}

function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, Buffer.byteLength(text)]), Buffer.from(text)]);
}

const from = (port: number): RemoteInfo => ({ address: "127.0.0.1", family: "IPv4", port, size: 1 });

describe("a UDP listener", () => {
  it("makes a stream of each remote address, and answers it", async () => {
    const { port, connection, listen, listener } = await listening();
    const one = client();
    one.send("hello", port, "127.0.0.1");
    const stream = await connection(0);
    await stream.until(({ bytes: { length } }) => length === 9);
    expect(stream.bytes).toEqual(frame("hello"));
    expect(stream.stream).toMatchObject({
      datagrams: true,
      localAddress: listener.address,
      remoteAddress: `udp://127.0.0.1:${one.address().port}`,
    });
    const answers: string[] = [];
    const both = new Promise<void>((resolve) =>
      one.on("message", (datagram) => answers.push(String(datagram)) === 2 && resolve()),
    );
    stream.stream.write(Buffer.concat([frame("one"), frame("two")]));
    await both;
    expect(answers).toEqual(["one", "two"]);
    expect(listen.counters).toEqual({ connections: 1, received: 1, sent: 2, dropped: 0, unsendable: 0 });
  });

  it("forgets a stream that is gone, so that the next datagram makes another", async () => {
    const { port, connection, listen } = await listening();
    const one = client();
    for (const end of ["end", "destroy"] as const) {
      one.send(end, port, "127.0.0.1");
      const stream = await connection(end === "end" ? 0 : 1);
      stream.stream[end]();
      await stream.untilClosed();
      expect(stream.hasEnded).toBe(end === "end");
      expect(listen.counters.connections).toBe(0);
    }
  });

  it("drops what has no port to answer to, since sending there throws", async () => {
    const { socket, listen, accepted } = await listening();
    socket.emit("message", Buffer.from("x"), from(0));
    expect(listen.counters).toMatchObject({ received: 1, dropped: 1, connections: 0 });
    expect(accepted).toEqual([]);
  });

  it("counts what the system would not send, and goes on", async () => {
    const { port, connection, listen } = await listening();
    const one = client();
    one.send("hello", port, "127.0.0.1");
    const { stream } = await connection(0);
    const tooLong = Buffer.alloc(4 + 65_535);
    tooLong.writeUInt32BE(65_535);
    const answer = once(one, "message");
    stream.write(Buffer.concat([tooLong, frame("short")]));
    expect(String((await answer)[0])).toBe("short");
    expect(listen.counters).toMatchObject({ unsendable: 1, connections: 1 });
  });

  it("bounds how many streams exist, however many remote addresses there are", async () => {
    const { socket, listen, accepted } = await listening({ maxConnections: 100 });
    for (let port = 1; port <= 1_000; port++) socket.emit("message", Buffer.from("x"), from(port));
    for (let port = 1; port <= 1_000; port++) socket.emit("message", Buffer.from("x"), from(port));
    expect(accepted).toHaveLength(100);
    expect(listen.counters).toMatchObject({ connections: 100, received: 2_000, dropped: 1_800 });
    for (const { stream } of accepted) stream.destroy();
    socket.emit("message", Buffer.from("x"), from(1_000));
    expect(accepted).toHaveLength(101);
  });

  it("has one timer, however many streams, and none when closed", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout"] });
    undo.push(() => vi.useRealTimers());
    const { socket, listener, accepted } = await listening();
    for (let port = 1; port <= 100; port++) socket.emit("message", Buffer.from("x"), from(port));
    expect(vi.getTimerCount()).toBe(1);
    await listener.close();
    for (const { stream } of accepted) stream.destroy();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("lets expire what nothing has passed by, and only that; it is gone after as long again", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    undo.push(() => vi.useRealTimers());
    const { socket, accepted, listen } = await listening({ idleTimeoutMs: 1_000 });
    for (const port of [1, 2, 3]) socket.emit("message", Buffer.from("x"), from(port));
    const [silent, receiving, sending] = accepted as [UdpRecord, UdpRecord, UdpRecord];
    const pass = (): void => {
      socket.emit("message", Buffer.from("x"), from(2));
      sending.stream.write(frame("x"));
      vi.advanceTimersByTime(500);
    };
    vi.advanceTimersByTime(750);
    pass();
    expect([silent, receiving, sending].map(({ hasEnded }) => hasEnded)).toEqual([true, false, false]);
    pass();
    expect(listen.counters).toMatchObject({ connections: 3, dropped: 0 });
    // What comes too late neither is told nor keeps it.
    socket.emit("message", Buffer.from("x"), from(1));
    pass();
    expect(listen.counters).toMatchObject({ connections: 2, dropped: 1 });
    await silent.untilClosed();
    socket.emit("message", Buffer.from("x"), from(1));
    expect(accepted).toHaveLength(4);
  });

  it("closes at once, answers those it has, takes no others, and frees the port with the last", async () => {
    const { listener, port, connection, accepted, socket, listen } = await listening();
    const [one, other] = [client(), client()];
    one.send("hello", port, "127.0.0.1");
    const stream = await connection(0);
    await Promise.all([listener.close(), listener.close()]);
    other.send("too late", port, "127.0.0.1");
    await once(socket, "message");
    expect(listen.counters.dropped).toBe(1);
    one.send("more", port, "127.0.0.1");
    await stream.until(({ chunks }) => chunks.length === 2);
    const answer = once(one, "message");
    const closed = once(socket, "close");
    stream.stream.write(frame("bye"));
    stream.stream.end();
    expect(String((await answer)[0])).toBe("bye");
    await Promise.all([closed, stream.untilClosed()]);
    expect(accepted).toHaveLength(1);
    const next = await listening({}, listener.address);
    expect(next.listener.address).toBe(listener.address);
  });

  it("takes the same free port again", async () => {
    const { listen, listener } = await listening();
    await listener.close();
    const again = await listen({ accept() {}, failed() {} }, listener.address);
    expect(again.address).toBe(listener.address);
    await again.close();
  });

  it.each([
    ["udp://[::]:0", "udp4", "127.0.0.1", /^udp:\/\/127\.0\.0\.1:\d+$/],
    ["udp://[::]:0", "udp6", "::1", /^udp:\/\/\[::1\]:\d+$/],
    ["udp://[::1]:0?ipv6only=true", "udp6", "::1", /^udp:\/\/\[::1\]:\d+$/],
  ] as const)("at %s takes %s", async (url, type, to, remoteAddress) => {
    const { port, connection } = await listening({}, url);
    const one = client(type);
    one.send("hello", port, to);
    const { stream } = await connection(0);
    expect(stream.remoteAddress).toMatch(remoteAddress);
    const answer = once(one, "message");
    stream.write(frame("answer"));
    expect(String((await answer)[0])).toBe("answer");
  });

  it("asks the system for the receive buffer that was named", async () => {
    const { socket } = await listening({ receiveBufferBytes: 16_384 });
    // Linux doubles it for its own bookkeeping.
    expect([16_384, 32_768]).toContain(socket.getRecvBufferSize());
  });

  it("says what to do when the port is taken, and refuses what is no UDP address", async () => {
    const { listener } = await listening();
    await expect(listening({}, listener.address)).rejects.toMatchObject({
      code: "address-in-use",
      message: expect.stringContaining(listener.address) as string,
    });
    expect(() => udpListener("tcp://127.0.0.1:0")).toThrow(expect.objectContaining({ code: "bad-address" }));
    expect(() => udpListener("udp://127.0.0.1:0", { maxConnections: 0 })).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
  });
});

describe("dialling by UDP", () => {
  async function dialled(url: string): Promise<UdpRecord> {
    const stream = await socketDial(url)();
    undo.push(() => stream.destroy());
    return record(stream);
  }

  it("makes a stream whose addresses both sides tell alike", async () => {
    const { port, connection } = await listening();
    const near = await dialled(`udp://127.0.0.1:${port}`);
    near.stream.write(frame("ping"));
    const far = await connection(0);
    far.stream.write(frame("pong"));
    await near.until(({ bytes: { length } }) => length === 8);
    expect(near.bytes).toEqual(frame("pong"));
    expect(near.stream.localAddress).toBe(far.stream.remoteAddress);
    expect(near.stream.remoteAddress).toBe(far.stream.localAddress);
  });

  it("closes its socket with the end, once all is sent", async () => {
    const { port, connection } = await listening();
    const near = await dialled(`udp://127.0.0.1:${port}`);
    const closed = once(sockets.at(-1) as Socket, "close");
    near.stream.write(frame("last words"));
    near.stream.end();
    await Promise.all([near.untilEnded(), near.untilClosed(), closed]);
    expect(near.end).toEqual({ error: undefined });
    const far = await connection(0);
    await far.until(({ bytes: { length } }) => length > 0);
    expect(far.bytes).toEqual(frame("last words"));
  });

  it("is lost when the system says that nobody is there, even with many on the way", async () => {
    for (const datagrams of [1, 100]) {
      const { listener } = await listening();
      const socket = sockets.at(-1) as Socket;
      await listener.close();
      await new Promise<void>((resolve) => socket.once("close", resolve));
      const near = await dialled(listener.address);
      for (let sent = 0; sent < datagrams; sent++) near.stream.write(frame("anybody?"));
      await near.untilClosed();
      expect(near.end?.error).toMatchObject({ code: "ECONNREFUSED" });
    }
  });

  it("is lost likewise when it is told with the next datagram", async () => {
    const { port } = await listening();
    const near = await dialled(`udp://127.0.0.1:${port}`);
    const socket = sockets.at(-1) as Socket;
    const error = Object.assign(new Error("send ECONNREFUSED"), { code: "ECONNREFUSED" });
    const send = vi.spyOn(socket, "send").mockImplementation((...args: unknown[]) => {
      process.nextTick(args.at(-1) as (error: Error) => void, error);
    });
    undo.push(() => send.mockRestore());
    near.stream.write(frame("next"));
    await near.untilClosed();
    expect(near.end).toEqual({ error });
  });

  it.each([
    ["udp://255.255.255.255:9", "EACCES"],
    ["udp://127.0.0.1:0", "port 0 is any free one"],
    ["udp://nobody.invalid:9", "the host name is not known"],
  ])("does not pretend to reach %s", async (url, why) => {
    const failed = await socketDial(url)({ connectTimeoutMs: 15_000 }).then(
      () => expect.fail("It is connected."),
      (error: Error) => error,
    );
    expect(failed).toMatchObject({ code: "connect-failed" });
    expect(`${failed.message} ${String(failed.cause)}`).toContain(why);
    for (const socket of sockets) expect(() => socket.address()).toThrow();
  });

  it("gives up when aborted or too late, and closes what is made after all", async () => {
    const { port } = await listening();
    const url = `udp://127.0.0.1:${port}`;
    const controller = new AbortController();
    const failed = socketDial(url)({ signal: controller.signal });
    controller.abort();
    await expect(failed).rejects.toMatchObject({ code: "aborted" });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    undo.push(() => vi.useRealTimers());
    const late = socketDial(url)({ connectTimeoutMs: 5 });
    vi.advanceTimersByTime(5);
    await expect(late).rejects.toMatchObject({ code: "connect-timeout" });
    const stream = await socketDial(url)();
    expect(vi.getTimerCount()).toBe(0);
    stream.destroy();
    for (const socket of sockets.slice(1))
      while (isOpen(socket)) await new Promise((resolve) => setImmediate(resolve));
  });
});

function isOpen(socket: Socket): boolean {
  try {
    socket.address();
    return true;
  } catch {
    return false;
  }
}
