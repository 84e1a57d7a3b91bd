import type { Clock } from "../clock.ts";
import type { Codec } from "../codec.ts";
import type { TooLong } from "../frame-codec.ts";
import type { CloseReason } from "./close-reason.ts";
import type { Connection } from "./connection.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { ConnectionOptions } from "./options.ts";
import { WatchPlan } from "./watch.ts";

/** Who made a connection and wants to know what becomes of it. */
export interface ConnectionObserver<In, Out, Data> {
  /** Once per connection, after the handler was told. */
  closed(connection: Connection<In, Out, Data>, reason: CloseReason): void;
  /** A callback threw or its promise was rejected; also after the connection is closed. */
  handlerFailed(connection: Connection<In, Out, Data>, error: unknown): void;
  /** A frame that was too long was passed over. */
  skipped?(connection: Connection<In, Out, Data>, fault: TooLong): void;
}

/** What {@link ConnectionSetup} is made of. */
export interface ConnectionParts<In, Out, Data> {
  /** What the ids of the connections begin with; a number follows. */
  readonly idPrefix: string;
  readonly codec: Codec<In, Out>;
  readonly clock: Clock;
  /** As `connectionOptions` returns them. */
  readonly options: Readonly<Required<ConnectionOptions>>;
  /** Default none. */
  readonly heartbeat?: Heartbeat | undefined;
  readonly observer?: ConnectionObserver<In, Out, Data>;
}

/** What a connection needs of its {@link ConnectionSetup}, whatever its messages. */
export type ConnectionMeans = Pick<ConnectionSetup<unknown, unknown>, "clock" | "options">;

/** What all connections of one maker have in common. */
export class ConnectionSetup<In, Out = In, Data = unknown> {
  readonly idPrefix: string;
  readonly codec: Codec<In, Out>;
  readonly clock: Clock;
  readonly options: Readonly<Required<ConnectionOptions>>;
  readonly heartbeat: Heartbeat | undefined;
  readonly observer: ConnectionObserver<In, Out, Data> | undefined;
  readonly watchPlan: WatchPlan;

  constructor({ idPrefix, codec, clock, options, heartbeat, observer }: ConnectionParts<In, Out, Data>) {
    this.idPrefix = idPrefix;
    this.codec = codec;
    this.clock = clock;
    this.options = options;
    this.heartbeat = heartbeat;
    this.observer = observer;
    const heartbeatMs = heartbeat?.intervalMs ?? Number.POSITIVE_INFINITY;
    this.watchPlan = new WatchPlan(clock, { ...options, heartbeatMs });
  }
}
