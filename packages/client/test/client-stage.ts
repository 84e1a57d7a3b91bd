import { createMemoryNetwork, manualClock } from "@parley/testkit";
import { onTestFinished } from "vitest";
import { type ClientEvents, type ClientOptions, createClient } from "../src/index.ts";
import { calculator } from "./calculator.ts";
import { ScriptedServer } from "./scripted-server.ts";

/** A client of `servers` scripted servers in a network of their own, on a clock that is advanced by hand. */
export async function stage(options: ClientOptions = {}, servers = 1) {
  const network = createMemoryNetwork();
  const names = Array.from({ length: servers }, (_, index) => `server-${index + 1}`);
  const all = await Promise.all(names.map((name) => new ScriptedServer(network, name).listen()));
  const clock = manualClock();
  const client = createClient(
    calculator,
    names.map((name) => network.dial(name)),
    { clock, random: () => 0.5, instance: "me", ...options },
  );
  onTestFinished(() => client.close());
  return { client, clock, servers: all, server: all[0] as ScriptedServer };
}

/** See {@link stage}. `server` is the first of the servers. */
export type Stage = Awaited<ReturnType<typeof stage>>;

/** Resolves with the next `event`. */
export function told<E extends keyof ClientEvents>(
  { client }: Pick<Stage, "client">,
  event: E,
): Promise<ClientEvents[E][0]> {
  return new Promise((resolve) => client.events.once(event, resolve as never));
}

/** What became of a promise, as far as it is known once what is due has run. */
export function outcome<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const seen: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => Object.assign(seen, { value }),
    (error: unknown) => Object.assign(seen, { error }),
  );
  return seen;
}
