import type { Contract, Signature } from "@parley/rpc";
import { expectTypeOf, it } from "vitest";
import { type Client, createClient, type ResultStream } from "../src/index.ts";
import { calculator, desk } from "./calculator.ts";

/** Never run: what is written here is only to be type-checked. */
function compiles(): void {
  const client = createClient(calculator, "tcp://127.0.0.1:1");

  expectTypeOf(client.call("add", { a: 1, b: 2 })).toEqualTypeOf<Promise<number>>();
  expectTypeOf(client.call("version")).toEqualTypeOf<Promise<string>>();
  expectTypeOf(client.call("version", undefined, { timeoutMs: 1, key: true })).toEqualTypeOf<
    Promise<string>
  >();
  expectTypeOf(client.call("sum", undefined, { input: [1, 2] })).toEqualTypeOf<Promise<number>>();
  expectTypeOf(client.stream("countdown", { from: 3 })).toEqualTypeOf<ResultStream<number, string>>();
  expectTypeOf(client.notify("log", { line: "x" })).toEqualTypeOf<boolean>();
  client.on("tick", (payload) => expectTypeOf(payload).toEqualTypeOf<{ at: number }>());
  client.implement(desk, {
    ask: ({ question }, { connection }) => `${question} ${connection.id}`,
    show: ({ line }) => void line,
  });

  // @ts-expect-error There is no such method.
  void client.call("subtract");
  // @ts-expect-error Parameters are missing.
  void client.call("add");
  // @ts-expect-error A parameter is of another type.
  void client.call("add", { a: 1, b: "2" });
  // @ts-expect-error There is no such parameter.
  void client.call("add", { a: 1, b: 2, c: 3 });
  // @ts-expect-error It answers with a stream.
  void client.call("countdown", { from: 3 });
  // @ts-expect-error It answers once.
  client.stream("add", { a: 1, b: 2 });
  // @ts-expect-error It takes a stream.
  void client.call("sum");
  // @ts-expect-error It takes a stream of numbers.
  void client.call("sum", undefined, { input: ["1"] });
  // @ts-expect-error There is no such option.
  void client.call("version", undefined, { timeout: 1 });
  // @ts-expect-error It has a payload.
  client.notify("log");
  // @ts-expect-error There is no such event.
  client.on("boom", () => {});
  // @ts-expect-error There is no such event of the client.
  client.events.on("boom", () => {});
  // @ts-expect-error A method is missing.
  client.implement(desk, { show: () => {} });
  // @ts-expect-error It returns another type.
  client.implement(desk, { ask: () => 1, show: () => {} });
}

/** Of a contract that was only read at run time, everything may be tried. */
function compilesUntyped(contract: Contract<Signature>): void {
  const client: Client<Signature> = createClient(contract, ["tcp://127.0.0.1:1"]);
  const name: string = "add";
  expectTypeOf(client.call(name, { a: 1 })).resolves.toBeAny();
  void client.call(name);
  void client.call(name, [1, 2], { input: [1] });
  client.stream(name, { a: 1 });
  client.notify(name, 1);
  client.on(name, (payload) => expectTypeOf(payload).toBeAny());
}

it("has the types of its contract", () => {
  expectTypeOf(compiles).toBeFunction();
  expectTypeOf(compilesUntyped).toBeFunction();
});
