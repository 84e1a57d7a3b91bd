import { ParleyError } from "./error.ts";

/** Code `timeout`: no reply came within `timeoutMs`. The channel can still be used. */
export class TimeoutError extends ParleyError {
  readonly timeoutMs: number;
  /** Whether the request had been sent; if not, the other side never sees it. */
  readonly sent: boolean;

  /** @param noConnection why there was no connection to send it on; undefined if there was one. */
  constructor(timeoutMs: number, sent: boolean, noConnection?: Error) {
    super("timeout", messageOf(timeoutMs, sent, noConnection), {
      blame: "remote",
      ...(noConnection === undefined ? {} : { cause: noConnection }),
    });
    this.timeoutMs = timeoutMs;
    this.sent = sent;
  }
}

function messageOf(timeoutMs: number, sent: boolean, noConnection: Error | undefined): string {
  if (sent)
    return `No reply came within ${timeoutMs} ms; the other side may still act on the request. Ask again if that is harmless, or raise timeoutMs.`;
  if (noConnection === undefined)
    return `The request could not be sent within ${timeoutMs} ms, as too many before it are unanswered; ask less at a time, or raise timeoutMs.`;
  return `The request could not be sent within ${timeoutMs} ms, as there was no connection: ${noConnection.message}`;
}
