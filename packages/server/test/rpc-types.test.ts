import { type Codec, jsonLines, textLines } from "@parley/core";
import { contract } from "@parley/rpc";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { createServer, echo, type RpcServer, type Server, serve } from "../src/index.ts";
import { type Calculator, calculator, calculatorOn } from "./rpc-contract.ts";

const small = contract("small", {
  methods: {
    add: { params: Type.Object({ a: Type.Number(), b: Type.Number() }), result: Type.Number() },
    countdown: {
      params: Type.Object({ from: Type.Integer() }),
      output: Type.Integer(),
      errors: { tooFar: { code: 1, data: Type.Object({ most: Type.Integer() }) } },
    },
  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
});
const add = ({ a, b }: { a: number; b: number }): number => a + b;
function* countdown({ from }: { from: number }): Generator<number, void, void> {
  yield from;
}

describe("serve", () => {
  it("refuses what does not fit the contract: the compiler too", () => {
    const badOption = expect.objectContaining({ code: "bad-option" });
    // @ts-expect-error a method is missing
    expect(() => serve(small, { add })).toThrow(badOption);
    // @ts-expect-error a method too many
    expect(() => serve(small, { add, countdown, subtract: add })).toThrow(badOption);
    // @ts-expect-error it has no such parameter
    serve(small, { add: ({ c }) => c, countdown });
    // @ts-expect-error its result is a number
    serve(small, { add: () => "3", countdown });
    // @ts-expect-error it is a stream
    serve(small, { add, countdown: () => 3 });
    // @ts-expect-error its items are numbers
    serve(small, { add, countdown: () => ["3"] });
    const inferred = serve(small, {
      add: ({ a, b }, { connection, remainingMs }) => (connection.id === "" ? remainingMs : a + b),
      *countdown({ from }, { fail }) {
        if (from > 10) throw fail("tooFar", { most: 10 });
        // @ts-expect-error its data are missing
        if (from > 20) throw fail("tooFar");
        // @ts-expect-error there is no such error
        if (from > 30) throw fail("tooNear", { most: 1 });
        yield from;
      },
    });
    expect(inferred.contract).toBe(small);
  });

  it("checks its options", () => {
    const { implementation } = calculatorOn();
    for (const options of [
      { maxRunning: 0 },
      { keyMemoryMs: 0 },
      { maxKeys: 0 },
      { maxKeysPerPrincipal: 0 },
      { detectDeadlineMs: 0 },
      { maxInFlight: 0 },
      { principal: "ann" as unknown as () => string },
      { middleware: [1 as unknown as () => void] },
    ]) {
      expect(() => serve(calculator, implementation, options)).toThrow(
        expect.objectContaining({
          code: "bad-option",
          message: expect.stringContaining(Object.keys(options)[0] as string),
        }),
      );
    }
  });
});

describe("createServer", () => {
  it("has a typed emit for a handler of serve(), with a codec or without, and for no other", () => {
    const detecting: RpcServer<Calculator> = createServer({
      handler: serve(calculator, calculatorOn().implementation),
    });
    const speaking = createServer({ codec: jsonLines(), handler: serve(small, { add, countdown }) });
    expect([detecting.emit("tick", { at: 1 }), speaking.emit("tick", { at: 1 })]).toEqual([0, 0]);
    // @ts-expect-error there is no such event
    expect(() => speaking.emit("tock", { at: 1 })).toThrow();
    // @ts-expect-error it is a number
    expect(() => speaking.emit("tick", { at: "1" })).toThrow();
    const any: Server<unknown> = speaking;
    expect(any.addresses).toEqual([]);
    const other = createServer({ codec: textLines(), handler: echo() });
    // @ts-expect-error it has no contract
    expect(other.emit).toBe(undefined);
  });

  it("needs a codec for every other handler", () => {
    // @ts-expect-error the codec is missing
    expect(() => createServer({ handler: echo() })).toThrow(expect.objectContaining({ code: "bad-option" }));
    const codec: Codec<string> = textLines();
    const server: Server<string> = createServer({ codec, handler: echo() });
    expect(server.addresses).toEqual([]);
  });
});
