import {
  type ByteStream,
  type CloseReason,
  type ConnectionObserver,
  ConnectionSetup,
  type Encoded,
  encodeForEach,
  isOrderly,
} from "@parley/core";
import { AcceptedConnection, type AcceptingServer } from "./accepted-connection.ts";
import { Admission } from "./admission.ts";
import { Drain, type DrainReport } from "./drain.ts";
import type { ListenerSpan } from "./listener-span.ts";
import { isLeaving } from "./middleware/turn-away.ts";
import { Occupancy } from "./occupancy.ts";
import { type RefusalCounts, Refusals } from "./refusals.ts";
import type { ServerEmitter } from "./server-events.ts";
import type { ServerSetup } from "./server-options.ts";

/** How many refused connections may linger over their refusal at a time; beyond, they are reset. */
const maxLingeringRefusals = 64;

/** What a server has at this moment, and has had so far. */
export interface ServerCounters {
  /** Connections being served. */
  readonly serving: number;
  /** Connections in the backlog. */
  readonly waiting: number;
  /** Connections accepted so far, refused ones included. */
  readonly accepted: number;
  /** Connections refused so far. */
  readonly refused: number;
  /** The same by the kind of the reason. */
  readonly refusals: RefusalCounts;
}

/** Where byte streams become connections: admits them, has them served, sees them off. */
export class Reception<In, Out, Data> implements ConnectionObserver<In, Out, Data> {
  readonly #setup: ServerSetup<In, Out, Data>;
  readonly #connectionSetup: ConnectionSetup<In, Out, Data>;
  readonly #events: ServerEmitter;
  readonly #server: AcceptingServer;
  readonly #refusals: Refusals;
  /** The refusal as it is said over streams and over datagrams. */
  readonly #words: readonly Encoded[];
  readonly #admission: Admission<AcceptedConnection<In, Out, Data>>;
  readonly #occupancy: Occupancy;
  readonly #lingering = new Set<AcceptedConnection<In, Out, Data>>();
  #accepted = 0;
  #state: "admitting" | "promoting" | "draining" = "admitting";
  #drain: Drain<AcceptedConnection<In, Out, Data>> | null = null;
  /** Whether those are still served that were accepted before the listeners were handed over, and shook hands until now. */
  #takesNewcomers = false;

  constructor(setup: ServerSetup<In, Out, Data>, events: ServerEmitter) {
    const { codec, clock, connection: options, heartbeat, refusal } = setup;
    this.#setup = setup;
    this.#events = events;
    this.#server = Object.freeze({ clock, events });
    this.#refusals = new Refusals(events);
    this.#words = refusal === undefined ? [] : encodeForEach(codec, refusal);
    this.#connectionSetup = new ConnectionSetup({
      idPrefix: "c",
      codec,
      clock,
      options,
      heartbeat,
      observer: this,
    });
    this.#admission = new Admission(setup.concurrency, setup.backlog);
    this.#occupancy = new Occupancy(setup.occupancy);
  }

  get counters(): ServerCounters {
    const { serving, waiting } = this.#admission;
    return {
      serving: serving.size,
      waiting: waiting.size,
      accepted: this.#accepted,
      refused: this.#refusals.total,
      refusals: this.#refusals.counts,
    };
  }

  /** Those that are served, and behind them those that wait. */
  *connections(): Iterable<AcceptedConnection<In, Out, Data>> {
    yield* this.#admission.serving;
    yield* this.#admission.waiting;
  }

  accept(accepted: ByteStream, listener: ListenerSpan): void {
    const stream = this.#setup.shaper?.wrap(accepted) ?? accepted;
    listener.accepted += 1;
    this.#accepted += 1;
    const connection = new AcceptedConnection(
      this.#connectionSetup,
      stream,
      this.#accepted,
      listener,
      this.#server,
    );
    const reason = this.#occupancy.enter(connection);
    if (reason !== null) return this.#refuse(connection, reason, false);
    this.#refusals.admitted();
    if (this.#isDraining && !this.#takesNewcomers)
      return this.#refuseEntered(connection, { by: "local", kind: "drained" });
    switch (this.#admission.arrive(connection)) {
      case "serve":
        return this.#serve(connection);
      case "wait":
        return this.#wait(connection);
      case "refuse":
        return this.#refuseEntered(connection, { by: "local", kind: "overload" });
    }
  }

  turnsAway(descriptor: number | undefined, listener: ListenerSpan): boolean {
    const reason = this.#occupancy.reserved(descriptor);
    if (reason === null) return false;
    listener.accepted += 1;
    this.#accepted += 1;
    this.#refusals.unheard(reason);
    return true;
  }

  /**
   * Ends idle connections at once and busy ones when they are through, or after `graceMs`; refuses whoever waits.
   * @param newcomerMs how long those that have sent nothing yet may take to do so.
   */
  async drain(graceMs: number, newcomerMs: number): Promise<DrainReport> {
    this.#state = "draining";
    let refused = 0;
    for (const connection of this.#admission.waiting)
      if (this.#refuseWaiting(connection, { by: "local", kind: "drained" })) refused += 1;
    const serving = [...this.#admission.serving];
    this.#takesNewcomers = newcomerMs > 0;
    const newcomer = this.#takesNewcomers ? "is awaited" : "ends";
    const drain = new Drain<AcceptedConnection<In, Out, Data>>(refused);
    this.#drain = drain;
    for (const connection of serving) drain.told(connection, connection.drain(newcomer));
    const { clock } = this.#setup;
    const cancelNewcomers = clock.after(newcomerMs, () => {
      this.#takesNewcomers = false;
      // Whoever is drained may leave at once.
      const others = [...this.#admission.serving];
      for (const connection of others) if (connection.state === "open") connection.drain();
    });
    const cancel = clock.after(graceMs, () => {
      for (const connection of this.#existing())
        connection.destroy({ by: "local", kind: "grace-ended", graceMs });
    });
    for (let existing = this.#existing(); existing.length > 0; existing = this.#existing())
      await Promise.all(existing.map((connection) => connection.whenClosed));
    this.#takesNewcomers = false;
    cancelNewcomers();
    cancel();
    return drain.report;
  }

  closed(connection: AcceptedConnection<In, Out, Data>, reason: CloseReason): void {
    this.#occupancy.leave(connection);
    this.#lingering.delete(connection);
    this.#endWait(connection);
    if (this.#admission.leave(connection) === "neither") return;
    this.#occupancy.leaveAddress(connection);
    this.#drain?.ended(connection, isOrderly(reason));
    const { listener, ageMs } = connection;
    this.#events.tell("closed", { connection, reason, listener: listener.id, ageMs });
    this.#promote();
  }

  handlerFailed(connection: AcceptedConnection<In, Out, Data>, error: unknown): void {
    this.#events.tell("handler-error", { connection, error });
  }

  #existing(): AcceptedConnection<In, Out, Data>[] {
    return [...this.connections(), ...this.#lingering];
  }

  /** Gives free places to who waits. A place that is free again at once is given by the same loop, not by one inside it. */
  #promote(): void {
    if (this.#state !== "admitting") return;
    this.#state = "promoting";
    let next = this.#admission.promote(isLeaving);
    while (next !== undefined) {
      this.#serve(next);
      next = this.#isDraining ? undefined : this.#admission.promote(isLeaving);
    }
    if (!this.#isDraining) this.#state = "admitting";
  }

  get #isDraining(): boolean {
    return this.#state === "draining";
  }

  #serve(connection: AcceptedConnection<In, Out, Data>): void {
    this.#endWait(connection);
    connection.open();
    const { listener, ageMs } = connection;
    this.#events.tell("serving", { connection, listener: listener.id, waitedMs: ageMs });
    // A subscriber may have closed it.
    if (!isLeaving(connection)) connection.handle(this.#setup.handler);
    if (this.#takesNewcomers) this.#drain?.told(connection, connection.drain("is awaited"));
  }

  #wait(connection: AcceptedConnection<In, Out, Data>): void {
    const { clock, waitTimeoutMs } = this.#setup;
    connection.wait();
    if (waitTimeoutMs !== Number.POSITIVE_INFINITY) {
      connection.cancelWait = clock.after(waitTimeoutMs, () =>
        this.#refuseWaiting(connection, { by: "local", kind: "wait-timeout", waitTimeoutMs }),
      );
    }
    this.#events.tell("waiting", { connection, listener: connection.listener.id });
  }

  #endWait(connection: AcceptedConnection<In, Out, Data>): void {
    connection.cancelWait?.();
    connection.cancelWait = null;
  }

  /** Not if somebody has closed it: then it is on its way out. Answers whether it was refused. */
  #refuseWaiting(connection: AcceptedConnection<In, Out, Data>, reason: CloseReason): boolean {
    if (isLeaving(connection)) return false;
    this.#endWait(connection);
    this.#admission.leave(connection);
    this.#occupancy.leaveAddress(connection);
    this.#refuse(connection, reason, true);
    return true;
  }

  #refuseEntered(connection: AcceptedConnection<In, Out, Data>, reason: CloseReason): void {
    this.#occupancy.leaveAddress(connection);
    this.#refuse(connection, reason, false);
  }

  /** With the protocol's word for it, if there is one and room for one more to linger over it; else with a reset. */
  #refuse(connection: AcceptedConnection<In, Out, Data>, reason: CloseReason, waited: boolean): void {
    const word = this.#words.find(({ codecId }) => codecId === connection.codec.id);
    if (word === undefined || this.#lingering.size >= maxLingeringRefusals || isScarcity(reason))
      connection.refuse(reason);
    else {
      this.#lingering.add(connection);
      connection.refuse(reason, word);
    }
    this.#refusals.refused({ connection, reason, waited, listener: connection.listener.id });
  }
}

/** Whether there is no room even to linger. */
function isScarcity({ kind }: CloseReason): boolean {
  return kind === "connection-limit" || kind === "descriptor-limit";
}
