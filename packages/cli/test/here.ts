import { Bytes } from "@parley/core";
import { contract } from "@parley/rpc";
import { createServer, type Server, serve } from "@parley/server";
import { Type } from "typebox";
import { onTestFinished } from "vitest";
import { calculatorServer } from "../src/calculator-server.ts";

type AnyServer = Pick<Server<unknown>, "listen" | "close">;

/** Has a server of this process listen until the end of the test. */
async function listening(server: AnyServer, url: string): Promise<{ server: AnyServer; url: string }> {
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  const [address] = await server.listen(url);
  return { server, url: address as string };
}

/** What `parley serve calculator` serves, in this process. */
export function calculatorHere(url = "tcp://127.0.0.1:0"): Promise<{ server: AnyServer; url: string }> {
  return listening(calculatorServer("detect", {}), url);
}

const things = contract("things", {
  methods: {
    reverse: { params: Type.Object({ bytes: Bytes() }), result: Bytes() },
    next: { params: { type: "object", properties: { n: { bigint: true } } }, result: { bigint: true } },
    sum: { input: Type.Number(), result: Type.Number() },
    pour: { output: Type.String(), result: Type.Object({ count: Type.Integer() }) },
    nothing: {},
    "$(touch hacked)": {},
  },
  notifications: { note: Type.Object({ text: Type.String() }) },
});

/** A service with what the calculator has not; `noted` is told of the notification. */
export function thingsHere(noted: (text: string) => void = () => {}): Promise<{ url: string }> {
  const handler = serve(things, {
    reverse: ({ bytes }) => bytes.toReversed(),
    next: ({ n = 0n }) => n + 1n,
    async sum(_, { input }) {
      let sum = 0;
      for await (const item of input) sum += item;
      return sum;
    },
    *pour() {
      yield "red\u001b[31m";
      yield "\u009b\u202egnp.exe";
      return { count: 2 };
    },
    nothing() {},
    "$(touch hacked)"() {},
    note: ({ text }) => noted(text),
  });
  return listening(createServer({ handler }), "tcp://127.0.0.1:0");
}
