import { ParleyError } from "@parley/core";

/** What the system's refusal to listen at `url` means, and what to do about it. */
export function listenError(url: string, cause: NodeJS.ErrnoException): ParleyError {
  switch (cause.code) {
    case "EADDRINUSE":
      return new ParleyError(
        "address-in-use",
        url.startsWith("unix:")
          ? `${url} is in use by another program; choose another path, or stop that program.`
          : `${url} is in use by another program; choose another port, or port 0 for any free one.`,
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

/** What a descriptor that is closed, or is no socket, makes Node or the system say. */
const unfit = new Set(["EBADF", "EINVAL", "ENOTSOCK", "EEXIST", "EISCONN", "EOPNOTSUPP", "ENOTSUP"]);

/** The same for a descriptor that was to listen already. */
export function descriptorError(fd: number, cause: NodeJS.ErrnoException): ParleyError {
  if (!unfit.has(cause.code ?? "")) return listenError(`fd://${fd}`, cause);
  return new ParleyError(
    "listen-failed",
    `Descriptor ${fd} is no listening socket that is free for use (${cause.code}); have the launcher pass one, as descriptor ${fd}.`,
    { cause },
  );
}
