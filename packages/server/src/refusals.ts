import type { CloseReason } from "@parley/core";
import type { ServerEmitter, ServerEvents } from "./server-events.ts";

/** Why a connection may be refused. */
export type RefusalKind = Extract<
  CloseReason["kind"],
  "overload" | "wait-timeout" | "drained" | "connection-limit" | "address-limit" | "descriptor-limit"
>;

/** How many connections were refused so far, for each kind of reason. */
export type RefusalCounts = Readonly<Record<RefusalKind, number>>;

/** Counts refusals and tells of them; of a limit of the whole server once, until a connection may stay again. */
export class Refusals {
  readonly #events: ServerEmitter;
  readonly #counts: Record<RefusalKind, number> = {
    overload: 0,
    "wait-timeout": 0,
    drained: 0,
    "connection-limit": 0,
    "address-limit": 0,
    "descriptor-limit": 0,
  };
  /** The limit of the server that was reached last; null once a connection may stay again. */
  #reached: "connection-limit" | "descriptor-limit" | null = null;

  constructor(events: ServerEmitter) {
    this.#events = events;
  }

  get counts(): RefusalCounts {
    return { ...this.#counts };
  }

  get total(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  refused(event: ServerEvents["refused"][0]): void {
    const { reason } = event;
    this.#counts[reason.kind as RefusalKind] += 1;
    const isServers = reason.kind === "connection-limit" || reason.kind === "descriptor-limit";
    if (isServers && reason.kind !== this.#reached) {
      this.#reached = reason.kind;
      this.#events.tell("limit-reached", { reason });
    }
    this.#events.tell("refused", event);
  }

  /** A connection may stay. */
  admitted(): void {
    if (this.#reached === null) return;
    const kind = this.#reached;
    this.#reached = null;
    this.#events.tell("limit-left", { kind });
  }
}
