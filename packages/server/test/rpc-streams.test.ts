import { rpcCodes } from "@parley/rpc";
import { describe, expect, it } from "vitest";
import { serve } from "../src/index.ts";
import { calculator, calculatorOn } from "./rpc-contract.ts";
import { rpcStage } from "./rpc-stage.ts";

const said = (method: string, params: unknown): string => JSON.stringify({ jsonrpc: "2.0", method, params });
const countdown = (from: number, meta?: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method: "countdown", params: { from }, meta });

async function calling(options: Parameters<typeof serve>[2] = {}) {
  const desk = calculatorOn();
  const stage = await rpcStage(serve(calculator, desk.implementation, options));
  return { desk, ...stage, line: await stage.dial() };
}

describe("a stream of output", () => {
  it("comes item by item, no more than there is credit for, and ends with the answer", async () => {
    const { line } = await calling();
    line.send(countdown(3, { credit: 2 }));
    expect(await line.until(2)).toEqual([
      { jsonrpc: "2.0", method: "$/output", params: { id: 1, item: 3 } },
      { jsonrpc: "2.0", method: "$/output", params: { id: 1, item: 2 } },
    ]);
    expect(await line.ask('{"jsonrpc":"2.0","id":2,"method":"add","params":[1,1]}')).toMatchObject({
      result: 2,
    });
    expect(line.messages).toHaveLength(3);
    line.send(said("$/output/credit", { id: 1, items: 5 }));
    expect((await line.until(5)).slice(3)).toEqual([
      { jsonrpc: "2.0", method: "$/output", params: { id: 1, item: 1 } },
      { jsonrpc: "2.0", id: 1, result: null },
    ]);
  });

  it("is collected into one answer for who asks without credit, up to maxCollected", async () => {
    const { line, desk } = await calling({ maxCollected: 3 });
    expect(await line.ask(countdown(3))).toEqual({ jsonrpc: "2.0", id: 1, result: [3, 2, 1] });
    expect((await line.ask(countdown(4).replace('"id":1', '"id":2'))).error).toMatchObject({
      code: rpcCodes.streamLimit,
    });
    expect(desk.begun).toEqual(["countdown 3", "countdown ended", "countdown 4", "countdown ended"]);
  });

  it("ends its generator when the caller cancels it", async () => {
    const { line, desk } = await calling();
    line.send(countdown(1_000_000, { credit: 1 }));
    await line.until(1);
    line.send(said("$/cancelRequest", { id: 1 }));
    await desk.untilBegun("countdown ended");
    expect((await line.until(2))[1]).toMatchObject({ id: 1, error: { code: rpcCodes.cancelled } });
  });
});

describe("a stream of input", () => {
  it("is asked for, and taken until its end", async () => {
    const { line } = await calling({ streamWindow: 2 });
    line.send('{"jsonrpc":"2.0","id":1,"method":"sum"}');
    expect(await line.until(1)).toEqual([
      { jsonrpc: "2.0", method: "$/input/credit", params: { id: 1, items: 2 } },
    ]);
    line.send(said("$/input", { id: 1, item: 20 }), said("$/input", { id: 1, item: 22 }));
    line.send(said("$/input/end", { id: 1 }));
    await line.recorded.until(() => line.messages.some(({ id }) => id === 1));
    expect(line.messages.at(-1)).toEqual({ jsonrpc: "2.0", id: 1, result: 42 });
  });
});
