import { setImmediate as turn } from "node:timers/promises";
import type { ByteStream } from "@parley/core";
import { expect, it } from "vitest";
import { socketDial } from "./dial.ts";
import { socketListener } from "./socket-listener.ts";

const mebibyte = 1024 * 1024;

it("a socket whose write fails has not taken what it was given", async () => {
  let far: ByteStream | undefined;
  const listener = await socketListener("tcp://127.0.0.1:0")({
    accept(stream) {
      far = stream;
      stream.open({ received() {}, ended() {}, drained() {}, closed() {} });
      stream.pause();
      stream.write(new Uint8Array(32 * mebibyte));
    },
    failed() {},
  });
  const near = await socketDial(listener.address)();
  const told: string[] = [];
  let tellReceived = (): void => {};
  const received = new Promise<void>((resolve) => {
    tellReceived = resolve;
  });
  const closed = new Promise<void>((resolve) => {
    near.open({
      received() {
        near.pause();
        tellReceived();
      },
      ended() {},
      drained: () => void told.push("drained"),
      closed: (error) => {
        told.push((error as NodeJS.ErrnoException).code ?? "closed");
        resolve();
      },
    });
  });
  await received;
  // With more before it than it reads ahead, it learns of the reset by its writes alone.
  for (let turns = 0; turns < 10; turns++) await turn();
  expect(near.write(new Uint8Array(32 * mebibyte))).toBe(false);
  await turn();
  far?.destroy();
  await closed;
  expect(told).toEqual([expect.stringMatching(/ECONNRESET|EPIPE/)]);
  await listener.close();
});

it("a socket is closed that is destroyed while its FIN is on its way", async () => {
  const accepted: ByteStream[] = [];
  const listener = await socketListener("tcp://127.0.0.1:0")({
    accept(stream) {
      accepted.push(stream);
      stream.open({ received() {}, ended() {}, drained() {}, closed() {} });
      stream.end();
    },
    failed() {},
  });
  const near = await socketDial(listener.address)();
  const error = await new Promise<unknown>((resolve) => {
    near.open({
      received() {},
      ended() {
        near.end();
        process.nextTick(() => near.destroy());
      },
      drained() {},
      closed: resolve,
    });
  });
  expect(error).toBeUndefined();
  for (const stream of accepted) stream.destroy();
  await listener.close();
});
