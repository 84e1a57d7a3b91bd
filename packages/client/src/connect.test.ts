import { ParleyError, StreamConnection, textLines } from "@parley/core";
import { createMemoryNetwork, type RecordedStream, recordStream } from "@parley/testkit";
import { socketListener } from "@parley/transport";
import { describe, expect, it } from "vitest";
import { connect } from "./connect.ts";

function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function memoryService() {
  const network = createMemoryNetwork();
  const accepted: RecordedStream[] = [];
  await network.listener("service")({
    accept: (stream) => accepted.push(recordStream(stream)),
    failed: (error) => expect.fail(error.message),
  });
  return { dial: network.dial("service"), accepted };
}

describe("connect", () => {
  it("resolves with an open connection that sends and receives messages", async () => {
    const { dial, accepted } = await memoryService();
    const connection = await connect(dial, textLines());
    expect(connection.state).toBe("open");
    connection.send("日本");
    const [server] = accepted as [RecordedStream];
    await server.untilText("日本\n");
    server.send("one\ntwo\n");
    server.stream.end();
    const heard: string[] = [];
    for await (const line of connection) heard.push(line);
    expect(heard).toEqual(["one", "two"]);
    expect(await connection.close()).toEqual({ by: "remote", kind: "ended" });
  });

  it("dials URLs", async () => {
    const listener = await socketListener("tcp://127.0.0.1:0")({
      accept: (stream) => recordStream(stream).send("welcome\n"),
      failed: (error) => expect.fail(error.message),
    });
    const connection = await connect(listener.address, textLines());
    expect(connection.remoteAddress).toBe(listener.address);
    for await (const line of connection) {
      expect(line).toBe("welcome");
      break;
    }
    connection.destroy();
    await listener.close();
  });

  it("gives every connection an id of its own", async () => {
    const { dial } = await memoryService();
    const [first, second] = [await connect(dial, textLines()), await connect(dial, textLines())];
    expect(first.id).not.toBe(second.id);
  });

  it("hands the messages to the handler it was given", async () => {
    const { dial, accepted } = await memoryService();
    const heard = deferred<string>();
    await connect(dial, textLines(), { handler: { message: (line) => heard.resolve(line) } });
    (accepted[0] as RecordedStream).send("hello\n");
    expect(await heard.promise).toBe("hello");
  });

  it("closes the connection when a function that handles it is through", async () => {
    const { dial, accepted } = await memoryService();
    await connect(dial, textLines(), {
      handler: async (connection) => {
        for await (const line of connection) return void connection.send(`heard ${line}`);
      },
    });
    const server = accepted[0] as RecordedStream;
    server.send("hello\n");
    await server.untilEnded();
    expect(server.text).toBe("heard hello\n");
  });

  it("goes on reading while its own outbound buffer is full", async () => {
    const { dial, accepted } = await memoryService();
    const heard = deferred<string>();
    const connection = await connect(dial, textLines(), {
      handler: { message: (line) => heard.resolve(line) },
      highWatermarkBytes: 16,
      lowWatermarkBytes: 1,
    });
    const server = accepted[0] as RecordedStream;
    server.stream.pause();
    while (connection.counters.bufferedBytes === 0) connection.send("x".repeat(64 * 1024));
    expect(connection.send("more")).toBe(false);
    server.send("still heard\n");
    expect(await heard.promise).toBe("still heard");
  });

  it("rejects where nobody listens", async () => {
    const dialling = connect(createMemoryNetwork().dial("nobody"), textLines());
    await expect(dialling).rejects.toMatchObject({ code: "connect-failed" });
  });

  it("rejects when aborted", async () => {
    const { dial } = await memoryService();
    const signal = AbortSignal.abort(new Error("changed my mind"));
    await expect(connect(dial, textLines(), { signal })).rejects.toMatchObject({ code: "aborted" });
    await expect(connect("tcp://127.0.0.1:1", textLines(), { signal })).rejects.toMatchObject({
      code: "aborted",
    });
  });

  it.each([
    ["an address it does not know", "http://x", {}, "bad-address"],
    ["a limit out of range", "tcp://127.0.0.1:1", { highWatermarkBytes: 0 }, "bad-option"],
    ["a timeout out of range", "tcp://127.0.0.1:1", { connectTimeoutMs: 0 }, "bad-option"],
  ])("rejects %s before it dials", async (_, where, options, code) => {
    const error = await connect(where, textLines(), options).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ParleyError);
    expect(error).toMatchObject({ code });
  });

  it("makes connections that ordered() can take", async () => {
    const { dial } = await memoryService();
    expect(await connect(dial, textLines())).toBeInstanceOf(StreamConnection);
  });
});
