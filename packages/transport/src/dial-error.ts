import { ParleyError } from "@parley/core";

/** The caller gave up. */
export function aborted(url: string, signal: AbortSignal): ParleyError {
  return new ParleyError("aborted", `Connecting to ${url} was aborted.`, { cause: signal.reason });
}

/** Nobody answered. */
export function timedOut(url: string, connectTimeoutMs: number): ParleyError {
  return new ParleyError(
    "connect-timeout",
    `${url} did not answer within ${connectTimeoutMs} ms; check the address and any firewall, or raise connectTimeoutMs.`,
    { blame: "remote" },
  );
}

/** What the system's codes mean to whoever dials. */
const failures: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there; start the server, or check the address",
  ENOENT: "nobody listens there; start the server, or check the address",
  ENOTFOUND: "the host name is not known; check its spelling",
  EAI_AGAIN: "the host name is not known; check its spelling",
  ECONNRESET: "the other side reset it at once; it may be full, so try again later",
  EACCES: "no permission; check the mode of the socket file",
};

/** What the system said to a dial. */
export function connectError(url: string, cause: NodeJS.ErrnoException): ParleyError {
  const why = failures[cause.code ?? ""] ?? cause.code ?? cause.message;
  return new ParleyError("connect-failed", `No connection to ${url}: ${why}.`, { blame: "remote", cause });
}
