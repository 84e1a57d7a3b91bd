import { visibleSource } from "@parley/core";
import { contractSource } from "@parley/rpc";
import type { Command } from "commander";
import { channelArgument } from "./address-argument.ts";
import { requiredDocument } from "./channel.ts";
import { addChannelOptions, type ChannelOptions } from "./channel-options.ts";
import { interruptible } from "./interruption.ts";
import { print } from "./print.ts";

/** Adds `parley types`. */
export function addTypes(program: Command): void {
  const command = program
    .command("types")
    .description("print a service's contract as TypeScript, to write a client with")
    .argument("<url>", "where to: tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH", channelArgument);
  addChannelOptions(command, "how long the server may take to answer (default: 10000)")
    .addHelpText(
      "after",
      `
What it prints imports @parley/rpc; createClient of @parley/client takes the contract it exports.

  $ parley types tcp://127.0.0.1:6666 > calculator.ts`,
    )
    .action(types);
}

async function types(url: string, options: ChannelOptions): Promise<void> {
  await interruptible(async (signal) => {
    const document = await requiredDocument(url, options, signal);
    await print(visibleSource(contractSource(document)).trimEnd());
  });
}
