import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createNetServer, type Server as NetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { textLines } from "@parley/core";
import { createMemoryNetwork, type RecordedStream, recordStream } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { afterEach, describe, expect, it } from "vitest";
import { createServer, echo, type Server } from "../src/index.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function echoServer(): { readonly server: Server<string>; readonly told: string[] } {
  const server = createServer<string>({ codec: textLines(), handler: echo() });
  undo.push(() => server.close({ graceMs: 0 }));
  const told: string[] = [];
  server.events.on("listening", ({ listener }) => told.push(`listening ${listener}`));
  server.events.on("listening-ended", ({ listener, accepted }) =>
    told.push(`listening-ended ${listener}, accepted ${accepted}`),
  );
  server.events.on("suspended", ({ addresses }) => told.push(`suspended at ${addresses.length}`));
  return { server, told };
}

/** Holds if a connection is made and served. */
async function expectServed(address: string): Promise<RecordedStream> {
  const caller = recordStream(await socketDial(address)());
  undo.push(() => caller.stream.destroy());
  caller.send("hello\n");
  await caller.untilText("hello\n");
  return caller;
}

async function expectRefused(address: string): Promise<void> {
  await expect(socketDial(address)()).rejects.toMatchObject({ code: "connect-failed" });
}

/** A place of each kind, each free at this moment. */
function places(): string[] {
  const directory = mkdtempSync(join(tmpdir(), "parley-suspend-"));
  undo.unshift(() => rmSync(directory, { recursive: true }));
  return [
    "tcp://127.0.0.1:0",
    "tcp://[::1]:0",
    `unix://${join(directory, "a socket.sock").replaceAll(" ", "%20")}?mode=660`,
  ];
}

describe("a server that is suspended", () => {
  it("refuses who comes, goes on with who is there, and resumes where it was", async () => {
    const { server, told } = echoServer();
    const addresses = await server.listen(...places());
    const callers = await Promise.all(addresses.map(expectServed));
    await server.suspend();
    expect([server.addresses, server.info().state]).toEqual([[], "suspended"]);
    for (const address of addresses) await expectRefused(address);
    for (const caller of callers) {
      caller.send("still here\n");
      await caller.untilText("hello\nstill here\n");
    }
    expect(server.counters).toMatchObject({ serving: 3, accepted: 3, refused: 0 });
    await server.resume();
    expect([server.addresses, server.info().state]).toEqual([addresses, "listening"]);
    await Promise.all(addresses.map(expectServed));
    const ended = [1, 2, 3].map((number) => `listening-ended l${number}, accepted 1`);
    const begun = (first: number): string[] => [0, 1, 2].map((index) => `listening l${first + index}`);
    expect(told).toEqual([...begun(1), ...ended, "suspended at 3", ...begun(4)]);
  });

  it("can be so time after time", async () => {
    const { server } = echoServer();
    const addresses = await server.listen(...places());
    for (let time = 0; time < 5; time++) {
      await server.suspend();
      await expectRefused(addresses[0] as string);
      await server.resume();
      expect(server.addresses).toEqual(addresses);
    }
    await expectServed(addresses[2] as string);
  });

  it("is so once, however often it is told to, and the same goes for resuming", async () => {
    const { server, told } = echoServer();
    const [address = ""] = await server.listen("tcp://127.0.0.1:0");
    await Promise.all([server.suspend(), server.suspend()]);
    await server.suspend();
    await expectRefused(address);
    await Promise.all([server.resume(), server.resume()]);
    await server.resume();
    expect(server.addresses).toEqual([address]);
    await expectServed(address);
    expect(told).toEqual([
      "listening l1",
      "listening-ended l1, accepted 0",
      "suspended at 1",
      "listening l2",
    ]);
  });

  it("is none that has not listened yet, nor is there anything to resume", async () => {
    const { server, told } = echoServer();
    await server.suspend();
    await server.resume();
    expect([server.info().state, told]).toEqual(["idle", []]);
    const [address = ""] = await server.listen("tcp://127.0.0.1:0");
    await expectServed(address);
  });

  it("listens at a place that is new, and resumes the others", async () => {
    const { server } = echoServer();
    const [first = ""] = await server.listen("tcp://127.0.0.1:0");
    await server.suspend();
    const [second = ""] = await server.listen("tcp://127.0.0.1:0");
    await expectRefused(first);
    await expectServed(second);
    await server.resume();
    expect(server.addresses).toEqual([second, first]);
    await expectServed(first);
  });

  it("stays suspended if its port was taken meanwhile, and resumes once it is free", async () => {
    const { server } = echoServer();
    const [kept = "", taken = ""] = await server.listen("tcp://127.0.0.1:0", "tcp://127.0.0.1:0");
    await server.suspend();
    const thief = createNetServer();
    undo.push(() => thief.close());
    await listening(thief, Number(new URL(taken).port));
    await expect(server.resume()).rejects.toMatchObject({ code: "address-in-use" });
    expect([server.addresses, server.info().state]).toEqual([[], "suspended"]);
    await expectRefused(kept);
    await new Promise((resolve) => thief.close(resolve));
    await server.resume();
    expect(server.addresses).toEqual([kept, taken]);
    await expectServed(taken);
  });

  it("can be closed, and is not resumed after", async () => {
    const { server } = echoServer();
    const [address = ""] = await server.listen("tcp://127.0.0.1:0");
    const caller = await expectServed(address);
    await server.suspend();
    const closing = server.close();
    await caller.untilEnded();
    caller.stream.end();
    expect(await closing).toMatchObject({ idle: 1 });
    await expect(server.resume()).rejects.toMatchObject({ code: "closed" });
    await server.suspend();
    expect([server.addresses, server.info().state]).toEqual([[], "closed"]);
    await expectRefused(address);
  });

  it("is not resumed by what was on its way when it was closed", async () => {
    const { server } = echoServer();
    const [address = ""] = await server.listen("tcp://127.0.0.1:0");
    await server.suspend();
    const resuming = server.resume();
    const closing = server.close();
    await expect(resuming).rejects.toMatchObject({ code: "closed" });
    await closing;
    expect([server.addresses, server.info().state]).toEqual([[], "closed"]);
    await expectRefused(address);
  });

  it("listens again at listeners of other kinds", async () => {
    const { server } = echoServer();
    const network = createMemoryNetwork();
    await server.listen(network.listener("here"));
    await server.suspend();
    await expect(network.dial("here")()).rejects.toMatchObject({ code: "connect-failed" });
    await server.resume();
    const caller = recordStream(await network.dial("here")());
    caller.send("hello\n");
    await caller.untilText("hello\n");
    caller.stream.end();
    await caller.untilClosed();
  });
});

function listening(server: NetServer, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
}
