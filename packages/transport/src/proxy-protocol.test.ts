import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ParleyError } from "@parley/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { binaryHeader, tcp4Endpoints, textHeader } from "../test/proxy-headers.ts";
import { Gate } from "./passage.ts";
import { type ProxyProtocolOptions, proxyPassage, proxyProtocolDefaults } from "./proxy-protocol.ts";
import type { Endpoints } from "./socket-stream.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Accepted {
  readonly socket: Socket;
  readonly told: Endpoints | undefined;
  /** How many listeners of which event it had when it came through. */
  readonly listeners: readonly string[];
  /** What was received so far. */
  readonly received: string[];
}

interface Listening {
  readonly gate: Gate;
  readonly accepted: Accepted[];
  readonly failures: ParleyError[];
  dial(): Promise<Socket>;
}

const local: ProxyProtocolOptions = { from: ["127.0.0.1", "unix"] };

/** Listens behind the passage, at a path or at a free port. `opened` is called as soon as a socket is through. */
async function listening(
  options: ProxyProtocolOptions = local,
  path?: string,
  opened: (socket: Socket) => void = () => {},
): Promise<Listening> {
  const accepted: Accepted[] = [];
  const failures: ParleyError[] = [];
  const accept = (socket: Socket, told?: Endpoints): void => {
    const listeners = socket.eventNames().map((name) => `${String(name)} ${socket.listenerCount(name)}`);
    const received: string[] = [];
    accepted.push({ socket, told, listeners, received });
    undo.push(() => socket.destroy());
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => received.push(bytes.toString()));
    socket.on("end", () => received.push("FIN"));
    opened(socket);
  };
  const gate = new Gate(proxyPassage(options), accept, (error) => failures.push(error as ParleyError));
  const server = createServer({ allowHalfOpen: true }, (socket) => gate.enter(socket));
  server.listen(path ?? { port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  undo.push(() => {
    server.close();
    gate.close();
  });
  const dial = async (): Promise<Socket> => {
    const place = path === undefined ? { port: (server.address() as AddressInfo).port } : { path };
    const near = connect({ ...place, allowHalfOpen: true });
    near.on("error", () => {});
    undo.push(() => near.destroy());
    // Who is reset as soon as accepted may learn of it while still connecting.
    await new Promise((resolve) => near.once("connect", resolve).once("error", resolve));
    return near;
  };
  return { gate, accepted, failures, dial };
}

async function socketPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "parley-"));
  undo.push(() => rm(directory, { recursive: true }));
  return join(directory, "x.sock");
}

/** Resolves once the connection is gone, with the code of the error that ended it. */
async function lost(near: Socket): Promise<string | undefined> {
  near.once("end", () => near.end()).resume();
  if (!near.closed) await new Promise((resolve) => near.once("close", resolve));
  return (near.errored as (Error & { code?: string }) | null)?.code;
}

const written = (near: Socket, bytes: Uint8Array | string): Promise<void> =>
  new Promise((resolve) => near.write(bytes, () => resolve()));

const receivedBy = ({ accepted }: Listening): Promise<string> =>
  vi.waitFor(() => {
    const text = accepted[0]?.received.join("") ?? "";
    if (!text.endsWith("FIN")) throw new Error(`So far: ${JSON.stringify(text)}`);
    return text;
  });

const line = textHeader(tcp4Endpoints);

describe("the passage of the PROXY protocol", () => {
  it.each([
    ["1", Buffer.from(line)],
    ["2", binaryHeader()],
  ])(
    "takes the endpoints from a header of version %s, and gives on what stands behind it",
    async (_, header) => {
      const place = await listening();
      const near = await place.dial();
      await written(near, Buffer.concat([header, Buffer.from("same chunk, ")]));
      await expect.poll(() => place.accepted[0]?.received).toEqual(["same chunk, "]);
      await written(near, "later chunk, ");
      near.end("last chunk, ");
      expect(await receivedBy(place)).toBe("same chunk, later chunk, last chunk, FIN");
      expect(place.accepted[0]?.told).toEqual(tcp4Endpoints);
      // The other half is open still.
      place.accepted[0]?.socket.end("answer");
      const [answer] = (await once(near, "data")) as [Buffer];
      expect(answer.toString()).toBe("answer");
      expect(place.failures).toEqual([]);
    },
  );

  it.each(["", "and all that is said"])("gives on a FIN that came with it, behind %j", async (payload) => {
    const place = await listening();
    const near = await place.dial();
    near.end(line + payload);
    expect(await receivedBy(place)).toBe(`${payload}FIN`);
  });

  it("reads a header that comes byte by byte", async () => {
    const place = await listening();
    const near = await place.dial();
    near.setNoDelay();
    for (const byte of Buffer.concat([binaryHeader(), Buffer.from("hi")])) {
      await written(near, Buffer.of(byte));
      await new Promise(setImmediate);
    }
    near.end();
    expect(await receivedBy(place)).toBe("hiFIN");
    expect(place.accepted[0]?.told).toEqual(tcp4Endpoints);
  });

  it("lets a connection be whose header says LOCAL", async () => {
    const place = await listening();
    const near = await place.dial();
    near.end(binaryHeader({ versionAndCommand: 0x20, addresses: Buffer.alloc(0) }));
    expect(await receivedBy(place)).toBe("FIN");
    expect(place.accepted[0]?.told).toBeUndefined();
  });

  it("takes a header for payload where it comes from elsewhere", async () => {
    const place = await listening({ from: ["192.0.2.0/24", "2001:db8::/32", "unix"] });
    const near = await place.dial();
    await expect.poll(() => place.accepted.length).toBe(1);
    near.end(`${line}hi`);
    expect(await receivedBy(place)).toBe(`${line}hiFIN`);
    expect(place.accepted[0]?.told).toBeUndefined();
  });

  it("leaves no listener and no timer behind, and a socket that may be paused at once", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    undo.push(() => vi.useRealTimers());
    const elsewhere = await listening({ from: ["192.0.2.1"] });
    await elsewhere.dial();
    const place = await listening(local, undefined, (socket) => socket.pause());
    const near = await place.dial();
    near.end(`${line}hi`);
    await expect.poll(() => place.accepted.length).toBe(1);
    await expect.poll(() => elsewhere.accepted.length).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
    expect(place.accepted[0]?.listeners).toEqual(elsewhere.accepted[0]?.listeners);
    await new Promise(setImmediate);
    expect(place.accepted[0]?.received).toEqual([]);
    place.accepted[0]?.socket.resume();
    expect(await receivedBy(place)).toBe("hiFIN");
  });

  it("resets who sends something else, and says what to do", async () => {
    const place = await listening();
    const near = await place.dial();
    const { port } = near.address() as AddressInfo;
    near.write("GET / HTTP/1.1\r\n");
    expect(await lost(near)).toBe("ECONNRESET");
    expect(place.failures).toEqual([
      expect.objectContaining({
        code: "malformed",
        blame: "remote",
        message:
          `No PROXY header came from 127.0.0.1:${port}: its first byte begins no header; ` +
          "have that proxy send one (in HAProxy: send-proxy-v2), or take it out of proxyProtocol.from.",
      }),
    ]);
    expect(place.accepted).toEqual([]);
  });

  it.each<[string, (near: Socket) => unknown]>([
    ["a FIN", (near) => near.end()],
    ["a reset", (near) => near.resetAndDestroy()],
  ])("gives up a header that %s cuts", async (_, cut) => {
    for (const begun of ["", line.slice(0, -1)]) {
      const place = await listening();
      const near = await place.dial();
      await written(near, begun);
      await new Promise(setImmediate);
      cut(near);
      await lost(near);
      await expect.poll(() => place.failures.length).toBe(1);
      expect(place.failures[0]).toMatchObject({ code: "malformed", blame: "remote" });
      expect(place.failures[0]?.message).toContain("before it was complete");
      expect(place.accepted).toEqual([]);
    }
  });

  it("gives up a header that trickles past its deadline", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    undo.push(() => vi.useRealTimers());
    const place = await listening();
    const near = await place.dial();
    const gone = lost(near);
    await expect.poll(() => vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(proxyProtocolDefaults.timeoutMs - 1);
    await written(near, line.slice(0, -1));
    await new Promise(setImmediate);
    expect(place.failures).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(await gone).toBe("ECONNRESET");
    expect(
      place.failures.map(({ code, message }) => [code, message.includes("within 5000 ms; have")]),
    ).toEqual([["malformed", true]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("holds no more than maxPending without a header, and gives their places back", async () => {
    const place = await listening({ ...local, maxPending: 2 });
    const [first, second] = [await place.dial(), await place.dial()];
    const third = await place.dial();
    expect(await lost(third)).toBe("ECONNRESET");
    expect(place.failures.map(({ message }) => message)).toEqual([
      expect.stringContaining("2 connections wait for theirs already; raise proxyProtocol.maxPending."),
    ]);
    first.resetAndDestroy();
    await expect.poll(() => place.failures.length).toBe(2);
    second.write(line);
    await expect.poll(() => place.accepted.length).toBe(1);
    for (const near of [await place.dial(), await place.dial()]) near.write(line);
    await expect.poll(() => place.accepted.length).toBe(3);
    expect(place.failures).toHaveLength(2);
  });

  it("is left without a word, and without a timer, by those that are broken off on this side", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    undo.push(() => vi.useRealTimers());
    const place = await listening({ ...local, maxPending: 1 });
    for (let round = 0; round < 2; round++) {
      const near = await place.dial();
      await expect.poll(() => vi.getTimerCount()).toBe(1);
      place.gate.close();
      await lost(near);
      expect(vi.getTimerCount()).toBe(0);
    }
    expect(place.failures).toEqual([]);
  });

  it("refuses who was lost before its address was asked for", () => {
    const failures: Error[] = [];
    const socket = Object.defineProperty(new Socket(), "localAddress", { value: "127.0.0.1" });
    socket.on("error", () => {});
    proxyPassage(local)(
      socket,
      () => expect.fail("It is through."),
      (error) => failures.push(error),
    );
    expect(socket.destroyed).toBe(true);
    expect(failures).toEqual([
      expect.objectContaining({
        message: expect.stringContaining("was lost before it was accepted") as string,
      }),
    ]);
  });

  it("knows a link-local proxy by its address without the zone", () => {
    const socket = Object.defineProperties(new Socket(), {
      localAddress: { value: "fe80::2" },
      remoteAddress: { value: "fe80::1%eth0" },
    });
    let isThrough = false;
    const proceed = (): void => {
      isThrough = true;
    };
    proxyPassage({ from: ["fe80::1"] })(socket, proceed, () => {});
    expect(isThrough).toBe(false);
    proxyPassage({ from: ["fe80::3"] })(socket, proceed, () => {});
    expect(isThrough).toBe(true);
    socket.destroy();
  });
});

describe.skipIf(process.platform === "win32")("the passage of the PROXY protocol at a Unix socket", () => {
  it("believes whoever connects, if it is told to", async () => {
    const place = await listening({ from: ["unix"] }, await socketPath());
    const near = await place.dial();
    near.end(`${line}hi`);
    expect(await receivedBy(place)).toBe("hiFIN");
    expect(place.accepted[0]?.told).toEqual(tcp4Endpoints);
    const other = await place.dial();
    other.write("hello");
    await lost(other);
    expect(place.failures.map(({ message }) => message)).toEqual([
      expect.stringContaining("No PROXY header came from the Unix socket: its first byte begins no header;"),
    ]);
  });

  it("believes nobody otherwise", async () => {
    const place = await listening({ from: ["0.0.0.0/0", "::/0"] }, await socketPath());
    const near = await place.dial();
    near.end(line);
    expect(await receivedBy(place)).toBe(`${line}FIN`);
    expect(place.accepted[0]?.told).toBeUndefined();
  });
});

describe("the options of the PROXY protocol", () => {
  it.each<[string, ProxyProtocolOptions]>([
    ["proxyProtocol.from is empty", { from: [] }],
    ['proxyProtocol.from has "proxy.example"', { from: ["unix", "proxy.example"] }],
    ["proxyProtocol.timeoutMs is 0", { ...local, timeoutMs: 0 }],
    ["proxyProtocol.timeoutMs is Infinity", { ...local, timeoutMs: Number.POSITIVE_INFINITY }],
    ["proxyProtocol.maxPending is 0", { ...local, maxPending: 0 }],
  ])("are refused where %s", (message, options) => {
    expect(() => proxyPassage(options)).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringContaining(message) as string }),
    );
  });
});
