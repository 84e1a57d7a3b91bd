import type { Command } from "commander";
import { channelArgument } from "./address-argument.ts";
import { requiredDocument } from "./channel.ts";
import { addChannelOptions, type ChannelOptions } from "./channel-options.ts";
import { interruptible } from "./interruption.ts";
import { jsonText } from "./json-text.ts";
import { print } from "./print.ts";

/** Adds `parley discover`. */
export function addDiscover(program: Command): void {
  const command = program
    .command("discover")
    .description("print what a service offers, as an OpenRPC document")
    .argument("<url>", "where to: tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH", channelArgument);
  addChannelOptions(command, "how long the server may take to answer (default: 10000)")
    .addHelpText(
      "after",
      `
  $ parley discover tcp://127.0.0.1:6666
  $ parley discover tcp://127.0.0.1:6666 | jq -r '.methods[].name'`,
    )
    .action(discover);
}

async function discover(url: string, options: ChannelOptions): Promise<void> {
  await interruptible(async (signal) => print(jsonText(await requiredDocument(url, options, signal), 2)));
}
