import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ByteStream } from "@parley/core";
import { describe, expect, it } from "vitest";
import { formatAddress, socketDial, socketListener } from "../src/index.ts";

const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

/** Opens a stream; the promise tells that it is closed. */
function closing(stream: ByteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.open({ received() {}, ended: () => stream.end(), drained() {}, closed: () => resolve() });
  });
}

/** Connects, and ends the connection in the way that `round` names. */
async function cycle(url: string, round: number): Promise<void> {
  const accepted: Promise<void>[] = [];
  const listener = await socketListener(url)({
    accept(stream) {
      accepted.push(closing(stream));
      if (round % 4 === 0) stream.destroy();
    },
    failed() {},
  });
  // Who is reset as soon as accepted may learn of it while still connecting.
  const stream = await socketDial(listener.address)().catch(() => null);
  const closed = stream === null ? null : closing(stream);
  if (round % 4 === 1) stream?.destroy();
  else stream?.end();
  const controller = new AbortController();
  const other = socketDial(listener.address)({ signal: controller.signal }).catch(() => null);
  if (round % 4 === 2) controller.abort();
  (await other)?.destroy();
  await closed;
  await listener.close();
  await Promise.all(accepted);
  await socketDial(listener.address)().then(
    () => expect.fail("Somebody listens."),
    () => {},
  );
}

describe.runIf(process.platform === "linux")("descriptors (counted in /proc)", () => {
  it("are all given back, however a connection ends", async () => {
    const directory = await mkdtemp(join(tmpdir(), "parley-"));
    const unix = formatAddress({ scheme: "unix", path: join(directory, "x.sock") });
    const urls = ["tcp://127.0.0.1:0", "tcp://[::1]:0", unix];
    for (const url of urls) await cycle(url, 0);
    const before = openDescriptors();
    for (let round = 0; round < 120; round++) await cycle(urls[round % urls.length] as string, round);
    // The last aborted dial may still be on its way out.
    for (let turn = 0; turn < 100 && openDescriptors() > before; turn++) await new Promise(setImmediate);
    expect(openDescriptors()).toBeLessThanOrEqual(before + 2);
    await rm(directory, { recursive: true });
  });
});
