import type { Clock } from "@parley/core";
import type { KeyMemory } from "../engine/key-memory.ts";
import type { GoAway } from "../engine/wire.ts";
import type { Service } from "../service/service.ts";
import type { MessageChannel } from "./message-channel.ts";
import type { SessionLimits } from "./session-options.ts";

/** Who made a session, and wants to know what comes of it. */
export interface SessionObserver {
  /** An event, or a notification that the service does not know. */
  notified?(method: string, params: unknown): void;
  /** The last of the requests that were worked on is through. */
  idle?(): void;
  /** The other side takes no new requests. */
  goneAway?(word: GoAway): void;
  /** The other side has given no sign of life for so long. */
  unresponsive?(afterMs: number): void;
  /**
   * A message came that was none; it has been answered with -32700, and nothing that comes behind it can be
   * trusted.
   */
  malformed?(why: string): void;
  /** An implementation threw what its caller is not told; `reference` is all that the caller got. */
  callFailed?(failure: CallFailure): void;
}

/** What an implementation threw that its caller is not told. */
export interface CallFailure {
  readonly method: string;
  readonly error: unknown;
  /** The id that the caller was given; undefined if there is no caller to be told, as for a notification. */
  readonly reference: string | undefined;
}

/** What a session is made of. */
export interface SessionParts {
  readonly channel: MessageChannel;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  /** What references begin with; the connection's id. */
  readonly name: string;
  /** What implementations find as `context.connection`. */
  readonly connection: unknown;
  /** What this side serves; undefined for nothing. */
  readonly service?: Service | undefined;
  /** Remembers keyed requests beyond this session; undefined for keys not to be heeded. */
  readonly keys?: KeyMemory | undefined;
  /** To whom the other side's keys belong. Default "". */
  readonly principal?: string | undefined;
  /** Whether the other side is pinged from the start; a server pings only who has shown that it understands. */
  readonly pings: boolean;
  readonly observer: SessionObserver;
}
