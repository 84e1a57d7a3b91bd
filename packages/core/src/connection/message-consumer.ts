import type { Hold } from "./inbound.ts";

/** Who takes a connection's messages: callbacks, or an iteration. */
export interface MessageConsumer<In> {
  /** A message. Answers what, if anything, holds back the next one; `iteration` lets the rest of its chunk pass. */
  message(message: In): Hold;
  /** Whether no message is being handled. */
  readonly idle: boolean;
  /** Whether the consumer itself ends the connection after the other side's FIN. */
  readonly endsConnection: boolean;
  /** All input was handed out. */
  ended(): void;
  /** Told to finish what is in flight. */
  drain(): void;
}
