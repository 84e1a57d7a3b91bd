import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { contract } from "../src/contract/contract.ts";
import { service } from "../src/service/service.ts";
import { caller } from "../src/session/caller.ts";
import { itemsOf, joinSessions, settled } from "./joined-sessions.ts";

const calculator = contract("calculator", {
  methods: {
    add: { params: Type.Object({ a: Type.Number(), b: Type.Number() }), result: Type.Number() },
    countdown: { params: Type.Object({ from: Type.Integer() }), output: Type.Integer() },
    sum: { input: Type.Number(), result: Type.Number() },
    never: {},
  },
  notifications: { note: Type.Object({ text: Type.String() }) },
});
const notes: string[] = [];
const implementation = service(calculator, {
  add: ({ a, b }) => a + b,
  *countdown({ from }) {
    while (from > 0) yield from--;
  },
  async sum(_params, { input }) {
    let sum = 0;
    for await (const n of input) sum += n;
    return sum;
  },
  never: () => new Promise<void>(() => {}),
  note: ({ text }) => void notes.push(text),
});

function joined() {
  const sessions = joinSessions({ service: implementation });
  return { ...sessions, call: caller(calculator, sessions.client.session) };
}

describe("a caller", () => {
  it("calls, streams and notifies what the contract has", async () => {
    const { call } = joined();
    expect(await call.call("add", { a: 1, b: 2 })).toBe(3);
    expect(await itemsOf(call.stream("countdown", { from: 3 }))).toEqual([3, 2, 1]);
    expect(await call.call("sum", undefined, { input: [1, 2, 3] })).toBe(6);
    expect(call.notify("note", { text: "hello" })).toBe(true);
    await settled();
    expect(notes).toEqual(["hello"]);
  });

  it("gives a call 10 seconds and a stream as long as it takes, unless told otherwise", async () => {
    const { call, client, clock } = joined();
    const never = call.call("never", undefined);
    const soon = call.call("never", undefined, { timeoutMs: 5 });
    call.stream("countdown", { from: 1 });
    await settled();
    expect(client.channel.sent.map(({ meta }) => (meta as { timeoutMs?: number }).timeoutMs)).toEqual([
      10_000,
      5,
      undefined,
    ]);
    clock.advance(10_000);
    await expect(soon).rejects.toMatchObject({ code: "timeout", timeoutMs: 5 });
    await expect(never).rejects.toMatchObject({ code: "timeout", timeoutMs: 10_000 });
  });

  it("says which name the contract does not have", () => {
    const { call } = joined();
    for (const name of ["missing", "__proto__", "note"])
      expect(() => call.call(name as "add", { a: 1, b: 2 })).toThrow(`calculator has no method ${name}.`);
    expect(() => call.notify("add" as "note", { text: "" })).toThrow("calculator has no notification add.");
  });
});
