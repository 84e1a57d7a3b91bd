import type { Command } from "commander";
import { codecOption } from "./codec-option.ts";
import type { TlsChoice } from "./place.ts";
import { type RpcCodecName, rpcCodecNames } from "./rpc-codecs.ts";
import { wholeNumber } from "./whole-number.ts";

/** What every command that talks to a channel takes. */
export interface ChannelOptions extends TlsChoice {
  readonly codec: RpcCodecName;
  readonly timeout?: number;
}

/** Adds them to a command. @param timeoutFor what `--timeout` is for. */
export function addChannelOptions(command: Command, timeoutFor: string): Command {
  return command
    .addOption(codecOption(rpcCodecNames))
    .option("--timeout <ms>", timeoutFor, wholeNumber(1))
    .option(
      "--tls-ca <file>",
      "the CAs that a tls:// server's certificate may come from, as PEM (default: Node's)",
    )
    .option("--tls-cert <file>", "the certificate to show it, as PEM")
    .option("--tls-key <file>", "the private key of that certificate, as PEM");
}
