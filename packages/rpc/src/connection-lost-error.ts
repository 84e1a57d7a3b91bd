import { ParleyError } from "@parley/core";

/** Code `connection-lost`: the connection was lost before the answer came. */
export class ConnectionLostError extends ParleyError {
  /** Whether the request had been sent, so that the other side may have acted on it; if not, it is safe to ask again. */
  readonly sent: boolean;

  constructor(sent: boolean, cause: unknown) {
    super(
      "connection-lost",
      sent
        ? "The connection was lost before the answer came; the other side may have acted on the call. Ask again if that is harmless, or mark the method idempotent or give the call a key."
        : "The connection was lost before the call was sent; ask again.",
      { blame: "remote", cause },
    );
    this.sent = sent;
  }
}
