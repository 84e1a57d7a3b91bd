import { type ByteStream, type Cancel, type ConnectionSetup, StreamConnection } from "@parley/core";
import type { ListenerSpan } from "./listener-span.ts";

/** A connection as the reception keeps it. */
export class AcceptedConnection<In, Out, Data> extends StreamConnection<In, Out, Data> {
  /** Where it came from. */
  readonly listener: ListenerSpan;
  /** Ends its wait in the backlog, while it waits. */
  cancelWait: Cancel | null = null;

  constructor(
    setup: ConnectionSetup<In, Out, Data>,
    stream: ByteStream,
    number: number,
    listener: ListenerSpan,
  ) {
    super(setup, stream, number);
    this.listener = listener;
  }
}
