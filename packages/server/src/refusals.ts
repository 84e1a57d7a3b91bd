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
  /** The limits of the server that were reached, until a connection may stay again. */
  readonly #reached = new Set<CloseReason["kind"]>();

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
    this.unheard(event.reason);
    this.#events.tell("refused", event);
  }

  /** One was turned away that had not become a connection yet. */
  unheard(reason: CloseReason): void {
    this.#counts[reason.kind as RefusalKind] += 1;
    const isServers = reason.kind === "connection-limit" || reason.kind === "descriptor-limit";
    if (isServers && !this.#reached.has(reason.kind)) {
      this.#reached.add(reason.kind);
      this.#events.tell("limit-reached", { reason });
    }
  }

  /** A connection may stay. */
  admitted(): void {
    if (this.#reached.size === 0) return;
    const kinds = [...this.#reached];
    this.#reached.clear();
    for (const kind of kinds) this.#events.tell("limit-left", { kind });
  }
}
