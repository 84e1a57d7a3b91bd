import { type Codec, FrameTooLongError, jsonLines } from "@parley/core";
import { contract, MismatchError } from "@parley/rpc";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { serve } from "../src/index.ts";
import { calculator, calculatorOn } from "./rpc-contract.ts";
import { rpcStage } from "./rpc-stage.ts";

const subscribe = (...events: string[]): string =>
  JSON.stringify({ jsonrpc: "2.0", id: "s", method: "$/subscribe", params: { events } });

async function calling() {
  const handler = serve(calculator, calculatorOn().implementation);
  return { handler, ...(await rpcStage(handler)) };
}

describe("an event", () => {
  it("comes to those who have subscribed to it, while they do", async () => {
    const { server, dial } = await calling();
    const [both, one, none] = [await dial(), await dial(), await dial()];
    expect(await both.ask(subscribe("tick", "tock"))).toMatchObject({ result: null });
    await one.ask(subscribe("tick"));
    await none.ask('{"jsonrpc":"2.0","id":1,"method":"add","params":[1,1]}');
    expect([server.emit("tick", { at: 1 }), server.emit("tock", { at: 2 })]).toEqual([2, 1]);
    expect((await both.until(3)).slice(1)).toEqual([
      { jsonrpc: "2.0", method: "tick", params: { at: 1 } },
      { jsonrpc: "2.0", method: "tock", params: { at: 2 } },
    ]);
    expect((await one.until(2))[1]).toMatchObject({ method: "tick" });
    await both.ask('{"jsonrpc":"2.0","id":2,"method":"$/unsubscribe","params":{"events":["tick"]}}');
    one.recorded.stream.destroy();
    await one.recorded.untilClosed();
    await none.ask('{"jsonrpc":"2.0","id":2,"method":"add","params":[1,1]}');
    expect(server.emit("tick", { at: 3 })).toBe(0);
    expect(none.messages).toHaveLength(2);
    expect((await none.ask(subscribe("tick", "unheard of"))).error).toMatchObject({ code: -32602 });
    expect(server.emit("tick", { at: 4 })).toBe(0);
  });

  it("is encoded once, however many it comes to", async () => {
    const { frame, message } = jsonLines();
    let encoded = 0;
    const counted: Codec<unknown> = {
      id: "counted",
      frame,
      message: {
        ...message,
        encode(value, out) {
          if ((value as { method?: string }).method === "tick") encoded += 1;
          message.encode(value, out);
        },
      },
    };
    const { server, dial } = await rpcStage(serve(calculator, calculatorOn().implementation), {
      codec: counted,
    });
    const lines = [await dial(), await dial(), await dial()];
    for (const line of lines) await line.ask(subscribe("tick"));
    expect([server.emit("tick", { at: 1 }), encoded]).toEqual([3, 1]);
    for (const line of lines) expect((await line.until(2))[1]).toMatchObject({ params: { at: 1 } });
  });

  it("that is not as the contract has it is the emitter's error, whether or not anybody hears", async () => {
    const { server } = await calling();
    expect(() => server.emit("tick", { at: 0.5 })).toThrow(MismatchError);
    expect(() => server.emit("tick", { at: 0.5 })).toThrow(
      expect.objectContaining({ code: "mismatch", blame: "local", message: expect.stringContaining("/at") }),
    );
    expect(() => server.emit("tuck" as "tick", { at: 1 })).toThrow(
      "The contract calculator has no event tuck.",
    );
  });

  it("that does not fit into a frame is too, and nothing is sent", async () => {
    const loud = contract("loud", { events: { shout: Type.Object({ text: Type.String() }) } });
    const { server, dial } = await rpcStage(serve(loud, {}), { codec: jsonLines({ maxFrameBytes: 200 }) });
    const line = await dial();
    await line.ask(subscribe("shout"));
    expect(() => server.emit("shout", { text: "x".repeat(200) })).toThrow(FrameTooLongError);
    expect(server.emit("shout", { text: "x" })).toBe(1);
    expect((await line.until(2))[1]).toMatchObject({ params: { text: "x" } });
  });

  it("closes who does not read, and nobody else", async () => {
    const handler = serve(calculator, calculatorOn().implementation);
    const { server, dial, untilClosed } = await rpcStage(
      handler,
      { codec: jsonLines({ maxFrameBytes: 100 }), maxBufferedBytes: 1_000, highWatermarkBytes: 500 },
      { capacityBytes: 100 },
    );
    const slow = await dial();
    const quick = await dial();
    await slow.ask(subscribe("tick"));
    await quick.ask(subscribe("tick"));
    slow.recorded.stream.pause();
    let sent = 0;
    for (let at = 1; server.connections().length > 1; at++) {
      sent = at;
      server.emit("tick", { at });
      await quick.until(1 + at);
    }
    await untilClosed("c1 local slow-consumer");
    expect(server.emit("tick", { at: 0 })).toBe(1);
    expect(await quick.until(2 + sent)).toHaveLength(2 + sent);
  });
});

describe("a call to the client", () => {
  const screen = contract("screen", {
    methods: { show: { params: Type.Object({ text: Type.String() }), result: Type.Boolean() } },
    notifications: { blink: Type.Object({}) },
  });

  it("is made by whoever has the connection", async () => {
    const { handler, server, dial, untilClosed } = await calling();
    const line = await dial();
    await line.ask('{"jsonrpc":"2.0","id":1,"method":"add","params":[1,1]}');
    const [connection] = server.connections();
    if (connection === undefined) expect.fail("nobody is connected");
    const client = handler.caller(connection, screen);
    const answer = client.call("show", { text: "hello" });
    client.notify("blink", {});
    const [, request, blink] = await line.until(3);
    expect(request).toMatchObject({ method: "show", params: { text: "hello" } });
    expect(blink).toEqual({ jsonrpc: "2.0", method: "blink", params: {} });
    line.send(JSON.stringify({ jsonrpc: "2.0", id: request?.["id"], result: true }));
    expect(await answer).toBe(true);
    const lost = client.call("show", { text: "again" });
    line.end();
    await expect(lost).rejects.toMatchObject({ code: "connection-lost" });
    await untilClosed("c1 remote ended");
    expect(() => handler.caller(connection, screen)).toThrow(expect.objectContaining({ code: "closed" }));
  });
});
