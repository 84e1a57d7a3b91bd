import type { TooLong } from "../frame-codec.ts";
import type { Hold } from "./hold.ts";

/** Who takes a connection's messages: callbacks, or an iteration. */
export interface MessageConsumer<In> {
  /** A message. Answers what, if anything, holds back the next one; `iteration`: the rest of its chunk may still follow. */
  message(message: In): Hold;
  /** Whether no message is being handled. */
  readonly idle: boolean;
  /** Whether the consumer itself ends the connection after the other side's FIN. */
  readonly endsConnection: boolean;
  /** A frame that was too long was passed over. */
  skipped(fault: TooLong): void;
  /** Gives back messages that are waiting to be taken, to be decoded anew; answers how many. */
  takeBack(): number;
  /** All input was handed out. */
  ended(): void;
  /** Told to finish what is in flight. */
  drain(): void;
}
