import { ParleyError } from "./error.ts";

/** Code `timeout`: no reply came within `timeoutMs`. The channel can still be used. */
export class TimeoutError extends ParleyError {
  readonly timeoutMs: number;
  /** Whether the request had been sent; if not, the other side never sees it. */
  readonly sent: boolean;

  constructor(timeoutMs: number, sent: boolean) {
    const message = sent
      ? `No reply came within ${timeoutMs} ms; the other side may still act on the request. Ask again if that is harmless, or raise timeoutMs.`
      : `The request could not be sent within ${timeoutMs} ms, as too many before it are unanswered; ask less at a time, or raise timeoutMs.`;
    super("timeout", message, { blame: "remote" });
    this.timeoutMs = timeoutMs;
    this.sent = sent;
  }
}
