import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { ByteStream } from "@parley/core";
import { afterEach, describe, expect, it } from "vitest";
import type { Listener, ListenerSink } from "./listener.ts";
import { listenerSettings } from "./listener-options.ts";
import type { Passage } from "./passage.ts";
import { portPlace } from "./port-place.ts";
import { serverListener } from "./server-listener.ts";
import { SocketStream } from "./socket-stream.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Listening {
  readonly listener: Listener;
  readonly accepted: ByteStream[];
  readonly failures: Error[];
}

async function listening(passage: Passage, turnsAway?: ListenerSink["turnsAway"]): Promise<Listening> {
  const accepted: ByteStream[] = [];
  const failures: Error[] = [];
  const place = portPlace(
    "tcp",
    "tcp://127.0.0.1:0",
    { scheme: "tcp", host: "127.0.0.1", port: 0 },
    undefined,
  );
  const listener = await serverListener(
    place,
    {
      halfOpen: true,
      accept(socket, told) {
        accepted.push(new SocketStream(socket, undefined, undefined, told));
        undo.push(() => socket.destroy());
      },
    },
    { ...listenerSettings({}), passage },
    { accept() {}, failed: (error) => failures.push(error), ...(turnsAway && { turnsAway }) },
  );
  undo.push(() => listener.close());
  return { listener, accepted, failures };
}

async function dialled({ listener }: Listening): Promise<Socket> {
  const socket = connect(Number(new URL(listener.address).port), "127.0.0.1");
  socket.on("error", () => {});
  undo.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.resume().once("close", resolve));
}

const told = {
  local: { host: "192.0.2.1", port: 80 },
  remote: { host: "2001:db8::1", port: 4321 },
};

describe("what a listener accepts", () => {
  it("passes first, may be told other endpoints, and loses nothing that was put back", async () => {
    const place = await listening((socket, proceed) => {
      socket.once("data", (bytes: Buffer) => {
        socket.pause();
        socket.unshift(bytes.subarray(5));
        proceed(told);
        proceed();
      });
    });
    const socket = await dialled(place);
    socket.write("head,body");
    await expect.poll(() => place.accepted.length).toBe(1);
    const [stream] = place.accepted as [ByteStream];
    expect([stream.localAddress, stream.remoteAddress]).toEqual([
      "tcp://192.0.2.1:80",
      "tcp://[2001:db8::1]:4321",
    ]);
    const received = await new Promise<string>((resolve) => {
      stream.open({
        received: (bytes) => resolve(Buffer.from(bytes).toString()),
        ended() {},
        drained() {},
        closed() {},
      });
    });
    expect(received).toBe("body");
    expect(place.accepted).toHaveLength(1);
  });

  it("may be lost before it is through, which harms nobody", async () => {
    const within: { socket: Socket; proceed: () => void }[] = [];
    const place = await listening((socket, proceed) => within.push({ socket, proceed }));
    const near = await dialled(place);
    await expect.poll(() => within.length).toBe(1);
    const [far] = within as [{ socket: Socket; proceed: () => void }];
    const gone = closed(far.socket);
    near.resetAndDestroy();
    await gone;
    far.proceed();
    expect(place.accepted).toEqual([]);
  });

  it("may be turned away with a reason", async () => {
    const place = await listening((socket, _, failed) => {
      socket.destroy();
      failed(new Error("no"));
    });
    await closed(await dialled(place));
    expect(place.failures).toEqual([new Error("no")]);
    expect(place.accepted).toEqual([]);
  });

  it("is turned away before it passes, if there is no room for its descriptor", async () => {
    const asked: (number | undefined)[] = [];
    let passed = 0;
    const place = await listening(
      () => void passed++,
      (descriptor) => asked.push(descriptor) > 0,
    );
    const socket = connect(Number(new URL(place.listener.address).port), "127.0.0.1").on("error", () => {});
    await closed(socket);
    expect(asked).toEqual([expect.any(Number)]);
    expect([passed, place.accepted, place.failures]).toEqual([0, [], []]);
  });

  it("is broken off with its listener if it is not through", async () => {
    const within: Socket[] = [];
    const place = await listening((socket) => within.push(socket));
    const socket = await dialled(place);
    await expect.poll(() => within.length).toBe(1);
    const gone = closed(socket);
    await place.listener.close();
    await gone;
  });
});
