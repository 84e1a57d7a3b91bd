import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ByteStream } from "@parley/core";
import { afterEach, describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "./address.ts";
import { socketDial } from "./dial.ts";
import type { Listener } from "./listener.ts";
import { socketListener } from "./socket-listener.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function listening(url: string): Promise<{ listener: Listener; accepted: ByteStream[] }> {
  const accepted: ByteStream[] = [];
  const listener = await socketListener(url)({
    accept(stream) {
      accepted.push(stream);
      undo.push(() => stream.destroy());
    },
    failed(error) {
      throw error;
    },
  });
  undo.push(() => listener.close());
  return { listener, accepted };
}

async function socketPath(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "parley-"));
  undo.push(() => rm(directory, { recursive: true }));
  return join(directory, name);
}

function rejection(url: string): Promise<Error> {
  return listening(url).then(
    () => expect.fail("It listens."),
    (error: Error) => error,
  );
}

describe("a socket listener", () => {
  it.each([
    ["tcp://127.0.0.1:0", /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
    ["tcp://[::1]:0", /^tcp:\/\/\[::1\]:[1-9]\d*$/],
  ])("at %s tells the port that the system chose", async (url, form) => {
    const { listener } = await listening(url);
    expect(listener.address).toMatch(form);
    const stream = await socketDial(listener.address)();
    undo.push(() => stream.destroy());
    expect(stream.remoteAddress).toBe(listener.address);
  });

  it("listens at a Unix path that has to be percent-encoded, and removes it", async () => {
    const path = await socketPath("日本 #1?%.sock");
    const url = formatAddress({ scheme: "unix", path });
    const { listener } = await listening(url);
    expect(parseAddress(listener.address)).toEqual({ scheme: "unix", path });
    const stream = await socketDial(url)();
    undo.push(() => stream.destroy());
    expect(stream.remoteAddress).toBe(url);
    await listener.close();
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("frees its address once it is closed, although its streams live on", async () => {
    const first = await listening("tcp://127.0.0.1:0");
    const { address } = first.listener;
    const stream = await socketDial(address)();
    undo.push(() => stream.destroy());
    await first.listener.close();
    await first.listener.close();
    const second = await listening(address);
    expect(second.listener.address).toBe(address);
  });

  it("says what to do when the port is taken", async () => {
    const { listener } = await listening("tcp://127.0.0.1:0");
    const error = await rejection(listener.address);
    expect(error).toMatchObject({ code: "address-in-use", blame: "local" });
    expect(error.message).toBe(
      `${listener.address} is in use by another program; choose another port, or port 0 for any free one.`,
    );
    expect(error.cause).toMatchObject({ code: "EADDRINUSE" });
  });

  it("says what to do when the address is not this machine's", async () => {
    const error = await rejection("tcp://192.0.2.1:1");
    expect(error).toMatchObject({ code: "listen-failed" });
    expect(error.message).toBe(
      "This machine has no address tcp://192.0.2.1:1; 127.0.0.1 is this machine alone, 0.0.0.0 all its addresses.",
    );
  });

  it("says what the system says when a Unix path cannot be made", async () => {
    const url = formatAddress({ scheme: "unix", path: join(await socketPath("absent"), "x.sock") });
    const error = await rejection(url);
    expect(error).toMatchObject({ code: "listen-failed" });
    expect(error.message).toContain(url);
  });

  it.each([
    ["tcp://[::]:0", true],
    ["tcp://[::]:0?ipv6only=true", false],
  ])("at %s takes IPv4: %s", async (url, takes) => {
    const { listener, accepted } = await listening(url);
    const { port } = new URL(listener.address);
    const six = await socketDial(`tcp://[::1]:${port}`)();
    undo.push(() => six.destroy());
    const four = socketDial(`tcp://127.0.0.1:${port}`)();
    if (!takes) return expect(four).rejects.toMatchObject({ code: "connect-failed" });
    const near = await four;
    undo.push(() => near.destroy());
    await expect.poll(() => accepted.map((stream) => stream.remoteAddress)).toContain(near.localAddress);
    expect(accepted.map((stream) => stream.localAddress)).toContain(`tcp://127.0.0.1:${port}`);
  });

  it("refuses a bad address at once", () => {
    expect(() => socketListener("127.0.0.1:80")).toThrow(expect.objectContaining({ code: "bad-address" }));
  });
});
