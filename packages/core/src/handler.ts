import type { CloseReason } from "./connection/close-reason.ts";
import type { Connection } from "./connection/connection.ts";
import type { TooLong } from "./frame-codec.ts";

/**
 * What the user plugs in, as callbacks: the fast form. A callback that returns a promise holds back the next message of
 * its connection until it settles. One that throws, or whose promise is rejected, closes its own connection as `handler-error`.
 */
export interface Handler<In, Out = In, Data = unknown> {
  /** The connection is served from now on; messages wait until a promise returned here settles. */
  open?(connection: Connection<In, Out, Data>): void | PromiseLike<void>;
  message(message: In, connection: Connection<In, Out, Data>): void | PromiseLike<void>;
  /** A frame beyond the codec's limit was passed over (`onTooLong: "skip"`). */
  skipped?(fault: TooLong, connection: Connection<In, Out, Data>): void;
  /** The other side's FIN, after its last message. Default: what is pending is answered, then the connection ends. */
  ended?(connection: Connection<In, Out, Data>): void;
  /** The server drains: nothing new will come, and the connection ends as soon as it is idle. */
  drain?(connection: Connection<In, Out, Data>): void;
  /** No more messages will come, and none can be sent; what was sent is still being flushed. Once, before `closed`. */
  closing?(connection: Connection<In, Out, Data>, reason: CloseReason): void;
  /** Called once for every connection that was opened. */
  closed?(connection: Connection<In, Out, Data>, reason: CloseReason): void;
}

/** The sequential form: one function per connection, which is closed when the function is through. */
export type ConnectionFunction<In, Out = In, Data = unknown> = (
  connection: Connection<In, Out, Data>,
) => void | PromiseLike<void>;

/** Either form. */
export type AnyHandler<In, Out = In, Data = unknown> =
  | Handler<In, Out, Data>
  | ConnectionFunction<In, Out, Data>;
