import {
  type Codec,
  codec,
  contentLength,
  encode,
  json,
  jsonFrames,
  jsonLines,
  jsonStream,
  msgpackFrames,
} from "@parley/core";
import { tolerant } from "@parley/rpc";
import { createMemoryNetwork, recordStream } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { createServer, detectRpc, pipe, type ServerOptions, serve, wrap } from "../src/index.ts";
import { calculator, calculatorOn } from "./rpc-contract.ts";
import { rpcStage } from "./rpc-stage.ts";
import { deferred } from "./stage.ts";

const codecs: readonly (readonly [string, Codec<unknown>])[] = [
  ["JSON lines", jsonLines()],
  ["concatenated JSON", codec(jsonStream(), json())],
  ["Content-Length", codec(contentLength(), json())],
  ["length-prefixed JSON", jsonFrames()],
  ["length-prefixed MessagePack", msgpackFrames()],
];

/** All messages in `bytes`. */
function decoded({ frame, message }: Codec<unknown>, bytes: Uint8Array): unknown[] {
  const messages: unknown[] = [];
  frame.decoder().push(bytes, 0, bytes.length, {
    frame: (chunk, start, end) => messages.push(message.decode(chunk, start, end)) > 0,
    fault: (fault) => expect.fail(JSON.stringify(fault)),
  });
  return messages;
}

describe.each([
  ["given", false],
  ["detected", true],
])("a codec that is %s", (_, detected) => {
  it.each(codecs)("carries calls, streams and events: %s", async (_, spoken) => {
    const handler = serve(calculator, calculatorOn().implementation);
    const { server, dial } = await rpcStage(handler, { codec: detected ? null : spoken }, { chunkBytes: 3 });
    const { recorded } = await dial();
    const messages = (): unknown[] => decoded(spoken, recorded.bytes);
    const requests = [
      { jsonrpc: "2.0", id: 1, method: "add", params: { a: 1, b: 2 } },
      { jsonrpc: "2.0", id: 2, method: "countdown", params: { from: 2 }, meta: { credit: 9 } },
      { jsonrpc: "2.0", id: 3, method: "$/subscribe", params: { events: ["tick"] } },
    ];
    recorded.stream.write(encode(spoken, ...requests).bytes);
    await recorded.until(() => messages().length >= 5);
    expect(server.emit("tick", { at: 7 })).toBe(1);
    await recorded.until(() => messages().length >= 6);
    expect(messages()).toEqual(
      expect.arrayContaining([
        { jsonrpc: "2.0", id: 1, result: 3 },
        { jsonrpc: "2.0", method: "$/output", params: { id: 2, item: 2 } },
        { jsonrpc: "2.0", method: "$/output", params: { id: 2, item: 1 } },
        { jsonrpc: "2.0", id: 2, result: null },
        { jsonrpc: "2.0", id: 3, result: null },
        { jsonrpc: "2.0", method: "tick", params: { at: 7 } },
      ]),
    );
  });
});

describe("a port that detects", () => {
  it("takes JSON however it is laid out", async () => {
    const { dial } = await rpcStage(serve(calculator, calculatorOn().implementation), { codec: null });
    const line = await dial();
    const request = { jsonrpc: "2.0", id: 1, method: "add", params: [1, 2] };
    line.recorded.send(`\n ${JSON.stringify(request, null, 2)}${JSON.stringify({ ...request, id: 2 })}`);
    line.send(JSON.stringify({ ...request, id: 3 }));
    expect((await line.until(3)).map(({ id, result }) => [id, result])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it("serves many at once, each in its own", async () => {
    const { server, dial } = await rpcStage(serve(calculator, calculatorOn().implementation), {
      codec: null,
    });
    const lines = await Promise.all(codecs.map(dial));
    for (const [index, [, spoken]] of codecs.entries()) {
      const request = { jsonrpc: "2.0", id: 3, method: "$/subscribe", params: { events: ["tick"] } };
      lines[index]?.recorded.stream.write(encode(spoken, request).bytes);
    }
    for (const line of lines) await line.recorded.until(({ length }) => length > 0);
    expect(server.emit("tick", { at: 1 })).toBe(codecs.length);
    for (const [index, [, spoken]] of codecs.entries()) {
      const recorded = lines[index]?.recorded ?? expect.fail();
      await recorded.until(() => decoded(spoken, recorded.bytes).length === 2);
      expect(decoded(spoken, recorded.bytes)[1]).toMatchObject({ method: "tick" });
    }
  });

  it("answers a number that is too big as a wrong parameter, and goes on", async () => {
    const { dial } = await rpcStage(serve(calculator, calculatorOn().implementation), { codec: null });
    const { recorded } = await dial();
    const spoken = msgpackFrames({ integers: "bigint" });
    const request = { jsonrpc: "2.0", id: 1, method: "add", params: { a: 2n ** 60n, b: 1 } };
    recorded.stream.write(encode(spoken, request, { ...request, id: 2, params: [1, 1] }).bytes);
    await recorded.until(() => decoded(spoken, recorded.bytes).length === 2);
    expect(decoded(spoken, recorded.bytes)).toMatchObject([
      { id: 1, error: { code: -32602 } },
      { id: 2, result: 2 },
    ]);
  });

  it("closes who says nothing, after detectDeadlineMs", async () => {
    const handler = serve(calculator, calculatorOn().implementation, { detectDeadlineMs: 2_000 });
    const { clock, dial, server, untilClosed } = await rpcStage(handler, { codec: null });
    const serving = new Promise((resolve) => server.events.once("serving", resolve));
    const line = await dial();
    await serving;
    clock.advance(1_999);
    expect(server.counters.serving).toBe(1);
    clock.advance(1);
    await line.untilEnded();
    line.end();
    await untilClosed("c1 local undetected");
  });

  it("stands behind middleware too", async () => {
    const calls = serve(calculator, calculatorOn().implementation);
    const seen: unknown[] = [];
    const piped = pipe(calls, (next) =>
      wrap(next, {
        message(message, connection) {
          seen.push((message as { method: string }).method);
          return next.message(message, connection);
        },
      }),
    );
    const server = createServer({ ...detectRpc(piped) });
    const network = createMemoryNetwork();
    await server.listen(network.listener("piped"));
    const recorded = recordStream(await network.dial("piped")());
    recorded.send('{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2]}');
    await recorded.untilText('{"jsonrpc":"2.0","id":1,"result":3}\n');
    expect(seen).toEqual(["add"]);
    recorded.stream.destroy();
    await server.close({ graceMs: 0 });
  });
});

describe("a message that a middleware keeps", () => {
  it("until the connection is closed, is forgotten", async () => {
    const desk = calculatorOn();
    const kept = deferred();
    const come = deferred();
    const piped = pipe(serve(calculator, desk.implementation), (next) =>
      wrap(next, {
        async message(message, connection) {
          come.resolve();
          await kept.promise;
          await next.message(message, connection);
        },
      }),
    );
    const server = createServer({ codec: tolerant(jsonLines()), handler: piped });
    const errors: unknown[] = [];
    server.events.on("handler-error", ({ error }) => errors.push(error));
    const closed = new Promise((resolve) => server.events.once("closed", resolve));
    const network = createMemoryNetwork();
    await server.listen(network.listener("piped"));
    const recorded = recordStream(await network.dial("piped")());
    recorded.send('{"jsonrpc":"2.0","id":1,"method":"wait","params":{"name":"a"}}\n');
    await come.promise;
    recorded.stream.destroy();
    await closed;
    kept.resolve();
    await server.close();
    expect([errors, desk.begun]).toEqual([[], []]);
  });
});

describe("the options of a server with serve()", () => {
  const handler = serve(calculator, calculatorOn().implementation);

  it.each([
    ["requestEvents", { requestEvents: true }],
    ["heartbeat", { heartbeat: { intervalMs: 1, message: 1 } }],
    ["codec", { codec: {} }],
    ["concurrency", { concurrency: 0 }],
  ] as unknown as [string, Partial<ServerOptions<unknown>>][])(
    "refuse %s that make no sense",
    (name, wrong) => {
      expect(() => createServer({ handler, ...wrong } as { handler: typeof handler })).toThrow(
        expect.objectContaining({ code: "bad-option", message: expect.stringContaining(name) }),
      );
    },
  );
});
