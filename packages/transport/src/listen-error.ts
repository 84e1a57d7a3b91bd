import { ParleyError } from "@parley/core";
import { type Address, formatAddress } from "./address.ts";

/** What the system's refusal to listen means, and what to do about it. */
export function listenError(address: Address, cause: NodeJS.ErrnoException): ParleyError {
  const url = formatAddress(address);
  switch (cause.code) {
    case "EADDRINUSE":
      return new ParleyError(
        "address-in-use",
        address.scheme === "tcp"
          ? `${url} is in use by another program; choose another port, or port 0 for any free one.`
          : `${url} is in use by another program; choose another path, or stop that program.`,
        { cause },
      );
    case "EACCES":
      return new ParleyError(
        "listen-failed",
        `No permission to listen at ${url}; choose a port above 1023, or a directory you may write to.`,
        { cause },
      );
    case "EADDRNOTAVAIL":
      return new ParleyError(
        "listen-failed",
        `This machine has no address ${url}; 127.0.0.1 is this machine alone, 0.0.0.0 all its addresses.`,
        { cause },
      );
    case "ENOTFOUND":
      return new ParleyError(
        "listen-failed",
        `The host name in ${url} is not known; give an IP address, or check the name.`,
        { cause },
      );
    default:
      return new ParleyError("listen-failed", `Listening at ${url} failed: ${cause.message}.`, { cause });
  }
}
