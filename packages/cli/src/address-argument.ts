import { ParleyError } from "@parley/core";
import { parseAddress } from "@parley/transport";
import { InvalidArgumentError } from "commander";

/** Checks an address where the command line is read, so that a misspelt one counts as wrong usage. */
export function addressArgument(url: string): string {
  try {
    parseAddress(url);
    return url;
  } catch (error) {
    if (error instanceof ParleyError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
