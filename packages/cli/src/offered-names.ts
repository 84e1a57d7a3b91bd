import type { Command } from "commander";
import { offeredContract } from "./channel.ts";
import type { ChannelOptions } from "./channel-options.ts";

/** How long somebody who waits for a completion is made to. */
const patienceMs = 1_000;

/** Shells expand what they are given as completions: a name may hold nothing that would do something, nor look like an option. */
const harmless = /^[\w./][\w./-]*$/;

/**
 * The names of methods or events that may stand behind the URL in `words`, the begun command line of `call` or `listen`; none
 * if the server does not tell.
 */
export async function offeredNames(command: Command, words: readonly string[]): Promise<readonly string[]> {
  try {
    const { operands } = command.parseOptions([...words]);
    const [url] = operands;
    if (url === undefined || operands.length !== 2) return [];
    const options = { ...command.opts<ChannelOptions>(), timeout: patienceMs };
    const offered = await offeredContract(url, options, AbortSignal.timeout(patienceMs));
    const names = command.name() === "listen" ? offered?.events.keys() : offered?.methods.keys();
    return [...(names ?? [])].filter((name) => harmless.test(name));
  } catch {
    // Whatever is wrong with the line or the server, it is not the moment to say so.
    return [];
  }
}
