import { Bytes } from "@parley/core";
import { Type } from "typebox";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { BigInteger } from "../src/contract/big-integer.ts";
import { contract, type SignatureOf } from "../src/contract/contract.ts";
import { merge } from "../src/contract/merge.ts";
import type { CallName, EventName, NotificationName, StreamName } from "../src/contract/signature.ts";
import type { Implementation } from "../src/service/implementation.ts";
import type { Caller } from "../src/session/caller.ts";

const calculator = contract("calculator", {
  methods: {
    add: {
      params: Type.Object({ a: Type.Number(), b: Type.Optional(Type.Number()) }),
      result: Type.Number(),
    },
    divide: {
      params: Type.Object({ a: Type.Number(), b: Type.Number() }),
      result: Type.Number(),
      errors: { zero: { code: 1, data: Type.Object({ a: Type.Number() }) }, odd: { code: 2 } },
    },
    countdown: { params: Type.Object({ from: Type.Integer() }), output: Type.Integer() },
    upload: { input: Bytes(), result: BigInteger() },
    reset: {},
    parse: { params: z.object({ at: z.string().transform(Number) }), result: z.boolean() },
    raw: {
      params: {
        type: "object",
        properties: {
          kind: { enum: ["a", "b"] },
          data: { bytes: true },
          deep: { type: "array", items: { type: ["string", "null"] } },
        },
        required: ["kind"],
      },
      result: { anyOf: [{ const: 1 }, { $ref: "#/$defs/Text" }], $defs: { Text: { type: "string" } } },
    },
  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
  notifications: { seen: Type.Object({ id: Type.String() }) },
});
type Calculator = SignatureOf<typeof calculator>;
type Given<M extends keyof Calculator["methods"]> = Calculator["methods"][M]["params"]["given"];
type Taken<M extends keyof Calculator["methods"]> = Calculator["methods"][M]["result"]["taken"];

/** Holds code that is only to be type-checked. */
function never(code: (caller: Caller<Calculator>) => unknown): void {
  expect(typeof code).toBe("function");
}

describe("the signature of a contract", () => {
  it("tells calls, streams, events and notifications apart", () => {
    expectTypeOf<CallName<Calculator>>().toEqualTypeOf<
      "add" | "divide" | "upload" | "reset" | "parse" | "raw"
    >();
    expectTypeOf<StreamName<Calculator>>().toEqualTypeOf<"countdown">();
    expectTypeOf<EventName<Calculator>>().toEqualTypeOf<"tick">();
    expectTypeOf<NotificationName<Calculator>>().toEqualTypeOf<"seen">();
  });

  it("has the types of TypeBox, of JSON Schema and of a Standard Schema", () => {
    expectTypeOf<Given<"add">>().toEqualTypeOf<{ a: number; b?: number }>();
    expectTypeOf<Given<"parse">>().toEqualTypeOf<{ at: string }>();
    expectTypeOf<Calculator["methods"]["parse"]["params"]["taken"]>().toEqualTypeOf<{ at: number }>();
    expectTypeOf<Given<"raw">>().toEqualTypeOf<{
      kind: "a" | "b";
      data?: Uint8Array;
      deep?: (string | null)[];
    }>();
    expectTypeOf<Taken<"raw">>().toEqualTypeOf<string | 1>();
  });

  it("has null, undefined or void for what is not there", () => {
    expectTypeOf<Given<"reset">>().toEqualTypeOf<undefined>();
    expectTypeOf<Taken<"reset">>().toEqualTypeOf<void>();
    expectTypeOf<Calculator["methods"]["reset"]["input"]>().toEqualTypeOf<null>();
    expectTypeOf<Calculator["methods"]["divide"]["errors"]>().toEqualTypeOf<{
      readonly zero: { a: number };
      readonly odd: undefined;
    }>();
  });

  it("has bytes and bigints", () => {
    expectTypeOf<Calculator["methods"]["upload"]["input"]["given"]>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<Taken<"upload">>().toEqualTypeOf<bigint>();
    const nested = contract("n", { methods: { m: { result: Type.Array(Type.Object({ data: Bytes() })) } } });
    expectTypeOf<SignatureOf<typeof nested>["methods"]["m"]["result"]["taken"]>().toEqualTypeOf<
      { data: Uint8Array }[]
    >();
  });

  it("is joined by merge", () => {
    const clock = contract("clock", { methods: { now: { result: Type.Integer() } } });
    type Joined = SignatureOf<ReturnType<typeof joined>>;
    const joined = () => merge("all", calculator, clock);
    expectTypeOf<Joined["methods"]["now"]["result"]["taken"]>().toEqualTypeOf<number>();
    expectTypeOf<Joined["methods"]["add"]>().toEqualTypeOf<Calculator["methods"]["add"]>();
    type Grouped = SignatureOf<ReturnType<typeof grouped>>;
    const grouped = () => merge("all", { clock, math: calculator });
    expectTypeOf<StreamName<Grouped>>().toEqualTypeOf<"math.countdown">();
    expectTypeOf<EventName<Grouped>>().toEqualTypeOf<"math.tick">();
    expectTypeOf<Grouped["methods"]["clock.now"]["result"]["taken"]>().toEqualTypeOf<number>();
  });
});

describe("what does not compile", () => {
  it("is a call that is not as the contract says", () => {
    never((caller) => {
      expectTypeOf(caller.call("add", { a: 1 })).resolves.toEqualTypeOf<number>();
      // @ts-expect-error a is a number
      void caller.call("add", { a: "1" });
      // @ts-expect-error a is missing
      void caller.call("add", {});
      // @ts-expect-error there is no c
      void caller.call("add", { a: 1, c: 1 });
      // @ts-expect-error there is no such method
      void caller.call("subtract", { a: 1 });
      // @ts-expect-error it is a stream
      void caller.call("countdown", { from: 3 });
      // @ts-expect-error it is no stream
      caller.stream("add", { a: 1 });
      // @ts-expect-error it is an event
      void caller.call("tick", { at: 1 });
      // @ts-expect-error what is given is a string, only what is taken is a number
      void caller.call("parse", { at: 1 });
      // @ts-expect-error there is no such kind
      void caller.call("raw", { kind: "c" });
      // @ts-expect-error the payload has an id
      caller.notify("seen", { at: 1 });
    });
  });

  it("is an implementation that is not as the contract says", () => {
    const all: Implementation<Calculator> = {
      add: ({ a, b = 0 }) => a + b,
      divide: ({ a, b }, { fail }) => {
        // @ts-expect-error there is no such error
        if (a === b) throw fail("one");
        // @ts-expect-error the error's data is missing
        if (a < b) throw fail("zero");
        // @ts-expect-error the error's data is wrong
        if (a > b) throw fail("zero", { a: "1" });
        // @ts-expect-error the error has no data
        if (a > b + 1) throw fail("odd", 1);
        if (a > b + 2) throw fail("odd");
        throw fail("zero", { a });
      },
      async *countdown({ from }) {
        for (let left = from; left > 0; left -= 1) yield left;
      },
      upload: async (_, { input }) => {
        let count = 0n;
        for await (const bytes of input) count += BigInt(bytes.length);
        return count;
      },
      reset: () => {},
      parse: ({ at }) => at > 0,
      raw: ({ data }) => (data === undefined ? "nothing" : 1),
      seen: ({ id }) => {
        id.trim();
      },
    };
    // @ts-expect-error reset is missing
    const missing: Implementation<Calculator> = { ...all, reset: undefined };
    // @ts-expect-error the result is a number
    const wrong: Implementation<Calculator> = { ...all, add: () => "3" };
    const single: Implementation<Calculator> = {
      ...all,
      // @ts-expect-error it is a stream
      countdown: () => 3,
    };
    const wrongItem: Implementation<Calculator> = {
      ...all,
      // @ts-expect-error its items are numbers
      *countdown() {
        yield "3";
      },
    };
    expect([missing, wrong, single, wrongItem]).toHaveLength(4);
  });

  it("is an event with another payload", () => {
    const emit = <E extends EventName<Calculator>>(event: E, payload: Calculator["events"][E]["given"]) => [
      event,
      payload,
    ];
    expect(emit("tick", { at: 1 })).toEqual(["tick", { at: 1 }]);
    // @ts-expect-error at is a number
    emit("tick", { at: "1" });
    // @ts-expect-error there is no such event
    emit("tock", { at: 1 });
  });

  it("is a definition of the wrong kind", () => {
    // @ts-expect-error the code is a number
    expect(() => contract("c", { methods: { m: { errors: { e: { code: "1" } } } } })).toThrow();
    // @ts-expect-error a schema is an object
    expect(() => contract("c", { methods: { m: { params: 1 } } })).toThrow();
    // @ts-expect-error there is no such group
    expect(() => contract("c", { methods: {}, event: {} })).toThrow();
  });
});
