import { rpcCodes } from "@parley/rpc";
import { describe, expect, it } from "vitest";
import { type ServeOptions, serve } from "../src/index.ts";
import { calculator, calculatorOn } from "./rpc-contract.ts";
import { rpcStage } from "./rpc-stage.ts";

const wait = (id: number, key: string, name: string): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method: "wait", params: { name }, meta: { key } });

async function calling(options: ServeOptions = {}) {
  const desk = calculatorOn();
  const stage = await rpcStage(serve(calculator, desk.implementation, options));
  return { desk, ...stage };
}

describe("a call with a key", () => {
  it("runs once: its repetition on another connection gets the same outcome, also while it runs", async () => {
    const { desk, dial } = await calling();
    const [first, second, third] = [await dial(), await dial(), await dial()];
    first.send(wait(1, "i:1", "a"));
    await desk.untilBegun("a");
    second.send(wait(7, "i:1", "again"));
    await second.ask('{"jsonrpc":"2.0","id":8,"method":"add","params":[1,1]}');
    desk.finish("a");
    expect(await first.until(1)).toMatchObject([{ id: 1, result: "a!" }]);
    expect((await second.until(2))[1]).toMatchObject({ id: 7, result: "a!" });
    expect(await third.ask(wait(9, "i:1", "once more"))).toMatchObject({ result: "a!" });
    expect(desk.begun).toEqual(["a"]);
  });

  it("goes on when its connection is lost, and can be asked for again", async () => {
    const { desk, dial, untilClosed } = await calling();
    const first = await dial();
    first.send(wait(1, "i:1", "a"));
    await desk.untilBegun("a");
    first.recorded.stream.destroy();
    await untilClosed("c1 remote reset");
    expect(desk.signal("a").aborted).toBe(false);
    const second = await dial();
    const answer = second.ask(wait(1, "i:1", "again"));
    desk.finish("a");
    expect(await answer).toMatchObject({ result: "a!" });
    expect(desk.begun).toEqual(["a"]);
  });

  it("is not run once it was forgotten, nor while the memory is full", async () => {
    const { desk, dial, clock } = await calling({ keyMemoryMs: 1_000, maxKeys: 1 });
    const line = await dial();
    line.send(wait(1, "i:1", "a"));
    await desk.untilBegun("a");
    expect((await line.ask(wait(2, "i:2", "b"))).error).toMatchObject({ code: rpcCodes.keyUnknown });
    desk.finish("a");
    await line.until(2);
    clock.advance(1_000);
    expect((await line.ask(wait(3, "i:1", "a"))).error).toMatchObject({ code: rpcCodes.keyUnknown });
    line.send(wait(4, "i:2", "b"));
    await desk.untilBegun("b");
    expect(desk.begun).toEqual(["a", "b"]);
  });

  it("belongs to its principal", async () => {
    const { desk, dial } = await calling({ principal: ({ id }) => (id === "c1" ? "ann" : "bob") });
    const [ann, bob] = [await dial(), await dial()];
    ann.send(wait(1, "k", "ann's"));
    bob.send(wait(1, "k", "bob's"));
    await desk.untilBegun("ann's");
    await desk.untilBegun("bob's");
  });

  it("that was turned away may be sent again", async () => {
    const { desk, dial } = await calling({ maxRunning: 1 });
    const line = await dial();
    line.send(wait(1, "i:1", "a"));
    await desk.untilBegun("a");
    expect((await line.ask(wait(2, "i:2", "b"))).error).toMatchObject({ code: rpcCodes.overloaded });
    desk.finish("a");
    await line.until(2);
    line.send(wait(3, "i:2", "b"));
    await desk.untilBegun("b");
  });
});
