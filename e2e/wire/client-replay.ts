import { type Client, createClient } from "@parley/client";
import type { SignatureOf } from "@parley/rpc";
import { createMemoryNetwork, manualClock, type RecordedStream, recordStream } from "@parley/testkit";
import { calculator } from "./calculator.ts";
import { expectSame, optionsOf } from "./server-replay.ts";
import type { Line } from "./transcript.ts";
import { pass, settle, Wire, within } from "./wire.ts";

/** What whoever uses the client waits for. */
type Next = () => Promise<unknown>;

/** Plays the server of a transcript to a client of Parley. @throws Error if that says or does anything else. */
export async function replayToClient(lines: readonly Line[]): Promise<void> {
  const happenings = lines.flatMap((line) => ("happens" in line ? [line.happens] : []));
  const clock = manualClock();
  const network = createMemoryNetwork();
  const streams: RecordedStream[] = [];
  const listener = await network.listener("wire")({
    accept: (stream) => void streams.push(recordStream(stream)),
    failed() {},
  });
  const options = Object.assign({}, ...happenings.map((happening) => optionsOf("client", happening)));
  const client = createClient(calculator, network.dial("wire"), {
    clock,
    instance: "5f0c2a",
    random: () => 0.5,
    ...options,
  });
  await within(client.connected(), "a connection");
  let wire = new Wire(streams[0] as RecordedStream, false);
  let next: Next = () => Promise.reject(new Error("Nobody waits for anything."));

  const happen = async (what: string): Promise<void> => {
    await settle();
    const [, amount, unit] = /^(\d+) (ms|s) pass$/.exec(what) ?? [];
    const [, result] = /^gets (.+)$/.exec(what) ?? [];
    const [, code] = /^fails with (.+)$/.exec(what) ?? [];
    if (amount !== undefined) await pass(clock, Number(amount) * (unit === "s" ? 1_000 : 1));
    else if (result !== undefined) expectSame(result, JSON.stringify((await within(next(), what)) ?? null));
    else if (code !== undefined) expectSame(code, await within(failureOf(next()), what));
    else if (what === "the client connects again") {
      await wire.close();
      wire = new Wire(streams.at(-1) as RecordedStream, false);
    } else next = begin(client, what) ?? next;
  };

  try {
    for (const line of lines) {
      if ("happens" in line) await happen(line.happens);
      else if (line.by === "server") wire.say(line.text);
      else await wire.expect(line.text);
    }
    await wire.close();
  } finally {
    const closed = client.close();
    await settle();
    clock.advance(60_000);
    await closed;
    await listener.close();
  }
}

/** Does what a line says; returns what is to be waited for then, null if nothing new is. */
function begin(client: Client<SignatureOf<typeof calculator>>, what: string): Next | null {
  if (what === "the client is Parley's" || what.startsWith("the client has ")) return null;
  const [, input] = /^calls sum with the input (.+)$/.exec(what) ?? [];
  if (input !== undefined) {
    const items = JSON.parse(`[${input}]`) as number[];
    return settling(client.call("sum", undefined, { input: items }));
  }
  if (what === "calls increment with a key")
    return settling(client.call("increment", undefined, { key: true }));
  const [, verb, name, params, ms] = /^(calls|streams) (\w+) (\{.*\})(?: within (\d+) ms)?$/.exec(what) ?? [];
  const timeoutMs = ms === undefined ? undefined : Number(ms);
  if (verb === "calls")
    return settling(client.call(name as "add", JSON.parse(params as string), { timeoutMs }));
  if (verb === "streams") {
    const items = client.stream(name as "countdown", JSON.parse(params as string), { timeoutMs });
    const iterator = items[Symbol.asyncIterator]();
    return async () => (await iterator.next()).value;
  }
  const [, event] = /^subscribes to (tick)$/.exec(what) ?? [];
  if (event === "tick") {
    const payloads: unknown[] = [];
    client.on(event, (payload) => payloads.push(payload));
    return async () => payloads.shift();
  }
  throw new Error(`Nobody knows how to bring this about: ${what}`);
}

/** Its failure is looked at when it is asked for, and not before. */
function settling(promise: Promise<unknown>): Next {
  promise.catch(() => {});
  return () => promise;
}

/** What decides over a failure: the number of an answer, else the code of the error. */
async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    return `no failure but ${JSON.stringify(await promise)}`;
  } catch (error) {
    const { rpcCode, code } = error as { rpcCode?: number; code?: string };
    return String(rpcCode ?? code ?? error);
  }
}
