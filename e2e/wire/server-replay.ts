import { createServer, serve } from "@parley/server";
import { createMemoryNetwork, manualClock, recordStream } from "@parley/testkit";
import { calculate, calculator, visitor } from "./calculator.ts";
import type { Line } from "./transcript.ts";
import { pass, settle, Wire, within } from "./wire.ts";

/** Plays the client of a transcript to a server of Parley. @throws Error if that says anything else than there. */
export async function replayToServer(lines: readonly Line[]): Promise<void> {
  const happenings = lines.flatMap((line) => ("happens" in line ? [line.happens] : []));
  const inBytes = happenings.includes("in bytes");
  const isFull = happenings.includes("the server is full");
  const readsInput = !happenings.includes("the implementation does not read its input");
  const clock = manualClock();
  const options = Object.assign({}, ...happenings.map((happening) => optionsOf("server", happening)));
  const handler = serve(calculator, calculate(clock, readsInput), options);
  const server = createServer({
    handler,
    clock,
    ...(isFull && { concurrency: 1, backlog: 0 }),
  });
  const network = createMemoryNetwork();
  await server.listen(network.listener("wire"));
  const dial = network.dial("wire");
  if (isFull) recordStream(await dial({}));
  let wire = new Wire(recordStream(await dial({})), inBytes);
  let name: Promise<string> = Promise.resolve("");

  const happen = async (what: string): Promise<void> => {
    await settle();
    const [, amount, unit] = /^(\d+) (ms|s) pass$/.exec(what) ?? [];
    const [, event, payload] = /^the server emits (tick) (.+)$/.exec(what) ?? [];
    const [, gotten] = /^the server gets (.+)$/.exec(what) ?? [];
    if (amount !== undefined) await pass(clock, Number(amount) * (unit === "s" ? 1_000 : 1));
    else if (event === "tick") server.emit(event, JSON.parse(payload as string));
    else if (what === "the server drains") void server.close();
    else if (what === "the server calls name") {
      const [connection] = server.connections();
      name = handler.caller(connection as NonNullable<typeof connection>, visitor).call("name", undefined);
      name.catch(() => {});
    } else if (gotten !== undefined) expectSame(gotten, JSON.stringify(await within(name, what)));
    else if (what === "the client connects again") {
      await wire.close();
      wire = new Wire(recordStream(await dial({})), inBytes);
    } else if (!isSetting(what)) throw new Error(`Nobody knows how to bring this about: ${what}`);
  };

  try {
    for (const line of lines) {
      if ("happens" in line) await happen(line.happens);
      else if (line.by === "client") wire.say(line.text);
      else await wire.expect(line.text);
    }
    await wire.close();
  } finally {
    const closed = server.close({ graceMs: 0 });
    await settle();
    clock.advance(60_000);
    await closed;
  }
}

/** The options that a line such as `the server has "maxBatch":2` gives, if it does. */
export function optionsOf(side: "server" | "client", happening: string): Record<string, unknown> {
  const prefix = `the ${side} has `;
  return happening.startsWith(prefix) ? JSON.parse(`{${happening.slice(prefix.length)}}`) : {};
}

/** @throws Error that says what was expected. */
export function expectSame(expected: string, actual: string): void {
  if (actual !== expected) throw new Error(`Expected: ${expected}\nActual:   ${actual}`);
}

function isSetting(what: string): boolean {
  return /^(in bytes|the server is full|the server has .+|the implementation does not read its input)$/.test(
    what,
  );
}
