import type { Client } from "@parley/client";
import { ParleyError, visibleLine } from "@parley/core";
import { compiled, contract, type ValueCheck } from "@parley/rpc";
import type { Command } from "commander";
import { channelArgument } from "./address-argument.ts";
import { offeredContract, openChannel } from "./channel.ts";
import { addChannelOptions, type ChannelOptions } from "./channel-options.ts";
import { interruptible } from "./interruption.ts";
import { jsonText } from "./json-text.ts";
import { nearNames } from "./near-names.ts";
import { Output } from "./output.ts";
import { wholeNumber } from "./whole-number.ts";

/** How much may wait for who reads stdout; what comes meanwhile is missed. */
const maxUnreadBytes = 4 * 1024 * 1024;

interface ListenOptions extends ChannelOptions {
  readonly count?: number;
}

/** Adds `parley listen`. */
export function addListen(program: Command): void {
  const command = program
    .command("listen")
    .description("print what an event brings as JSON, one line each time, until stopped")
    .argument("<url>", "where to: tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH", channelArgument)
    .argument("<event>", "the event's name");
  addChannelOptions(command, "how long the server may take to answer (default: 10000)")
    .option("--count <n>", "end after so many", wholeNumber(1))
    .addHelpText(
      "after",
      `
A lost connection is made again, which stderr tells; what happens in between is missed. So is what comes while 4 MiB wait for who reads
stdout.

  $ parley listen tcp://127.0.0.1:6666 tick
  $ parley listen tcp://127.0.0.1:6666 tick --count 3 | jq .at`,
    )
    .action(listen);
}

async function listen(url: string, event: string, options: ListenOptions): Promise<void> {
  await interruptible(async (signal) => {
    const offered =
      (await offeredContract(url, options, signal)) ?? contract("the service", { events: { [event]: {} } });
    const check = compiled(offered).events.get(event);
    if (check === undefined) {
      throw new ParleyError(
        "bad-option",
        `${offered.name} has no event ${event}. ${nearNames(event, offered.events.keys())}`,
      );
    }
    const client = openChannel(offered, url, options);
    tellOfConnection(client);
    try {
      await printed(client, event, check, options.count ?? Number.POSITIVE_INFINITY, signal);
    } finally {
      await client.close();
    }
  });
}

/** Prints what the event brings; resolves after `count` of them, when nobody reads any more, or upon the signal. */
function printed(
  client: Client,
  event: string,
  check: ValueCheck,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const output = new Output(process.stdout, "lines", () => {
      if (output.state instanceof ParleyError) reject(output.state);
      else resolve();
    });
    signal.addEventListener("abort", () => resolve());
    client.events.on("subscription-failed", ({ error }) => reject(error));
    let printedCount = 0;
    let missed = 0;
    client.on(event, (payload) => {
      if (printedCount === count) return;
      if (output.unreadBytes > maxUnreadBytes) {
        if (missed === 0) say("stdout is read too slowly: events are missed from here on.");
        missed += 1;
        return;
      }
      if (missed > 0) say(`${missed} events were missed.`);
      missed = 0;
      printedCount += 1;
      void output.write(Buffer.from(jsonText(check.toWire(payload, "json"))));
      if (printedCount === count) resolve(output.flushed());
    });
  });
}

function say(text: string): void {
  process.stderr.write(`parley: ${visibleLine(text)}\n`);
}

/** Says on stderr when the connection is lost and when it is back. */
function tellOfConnection(client: Client): void {
  const tell = (text: string): void => {
    if (client.state !== "closed") say(text);
  };
  let isLost = false;
  const lose = (why: string): void => {
    if (!isLost) tell(`${why} Connecting again.`);
    isLost = true;
  };
  client.events.on("goaway", ({ message }) => lose(`The server is going away: ${message}`));
  client.events.on("disconnected", ({ error }) => lose(error.message));
  client.events.on("connect-failed", ({ error }) => lose((error as Error).message));
  client.events.on("connected", () => {
    if (isLost) tell("Connected again.");
    isLost = false;
  });
  client.events.on("event-mismatch", ({ error }) => tell(error.message));
}
