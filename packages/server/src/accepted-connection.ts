import {
  type ByteStream,
  type Cancel,
  type Clock,
  type ConnectionSetup,
  StreamConnection,
} from "@parley/core";
import type { ListenerSpan } from "./listener-span.ts";
import type { Enrolled } from "./roster.ts";
import type { ServerEmitter } from "./server-events.ts";

/** What a handler may need of the server that has accepted a connection. */
export interface AcceptingServer {
  readonly clock: Clock;
  readonly events: ServerEmitter;
}

/** A connection as the reception keeps it. */
export class AcceptedConnection<In, Out, Data> extends StreamConnection<In, Out, Data> implements Enrolled {
  before: Enrolled | null = null;
  behind: Enrolled | null = null;
  /** Where it came from. */
  readonly listener: ListenerSpan;
  readonly server: AcceptingServer;
  /** Ends its wait in the backlog, while it waits. */
  cancelWait: Cancel | null = null;

  constructor(
    setup: ConnectionSetup<In, Out, Data>,
    stream: ByteStream,
    number: number,
    listener: ListenerSpan,
    server: AcceptingServer,
  ) {
    super(setup, stream, number);
    this.listener = listener;
    this.server = server;
  }

  get takesDatagrams(): boolean {
    return this.stream.datagrams === true;
  }
}
