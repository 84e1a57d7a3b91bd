import { ParleyError } from "@parley/core";
import { parseAddress, parseTlsAddress } from "@parley/transport";
import { InvalidArgumentError } from "commander";

/** Checks an address where the command line is read, so that a misspelt one counts as wrong usage. */
export function addressArgument(url: string): string {
  return checked(url, parseAddress);
}

/** The same for one to listen at, which may be `tls://`. */
export function listenArgument(url: string): string {
  return checked(url, url.startsWith("tls:") ? parseTlsAddress : parseAddress);
}

/** The same for what needs a stream: `udp://` is none. */
export function streamArgument(url: string): string {
  if (!url.startsWith("udp:")) return listenArgument(url);
  throw new InvalidArgumentError(
    "Calls go over a stream, which udp:// is not; give a tcp://, unix:// or tls:// URL.",
  );
}

/** The same for a channel to connect to. */
export function channelArgument(url: string): string {
  if (!url.startsWith("fd:")) return streamArgument(url);
  throw new InvalidArgumentError("fd:// can only be listened at; give a tcp://, unix:// or tls:// URL.");
}

function checked(url: string, parse: (url: string) => unknown): string {
  try {
    parse(url);
    return url;
  } catch (error) {
    if (error instanceof ParleyError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
