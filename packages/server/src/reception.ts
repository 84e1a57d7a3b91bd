import {
  type ByteStream,
  type Cancel,
  type CloseReason,
  type ConnectionObserver,
  type Encoded,
  encode,
  isOrderly,
  StreamConnection,
} from "@parley/core";
import { Admission } from "./admission.ts";
import { Drain, type DrainReport } from "./drain.ts";
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
}

/** Where byte streams become connections: admits them, has them served, sees them off. */
export class Reception<In, Out, Data> implements ConnectionObserver<StreamConnection<In, Out, Data>> {
  readonly #setup: ServerSetup<In, Out, Data>;
  readonly #events: ServerEmitter;
  readonly #refusal: Encoded | undefined;
  readonly #admission: Admission<StreamConnection<In, Out, Data>>;
  /** What ends the wait of each connection in the backlog. */
  readonly #waitTimeouts = new Map<StreamConnection<In, Out, Data>, Cancel>();
  readonly #lingering = new Set<StreamConnection<In, Out, Data>>();
  #accepted = 0;
  #refused = 0;
  #state: "admitting" | "promoting" | "draining" = "admitting";
  #drain: Drain<StreamConnection<In, Out, Data>> | null = null;

  constructor(setup: ServerSetup<In, Out, Data>, events: ServerEmitter) {
    this.#setup = setup;
    this.#events = events;
    this.#refusal = setup.refusal === undefined ? undefined : encode(setup.codec, setup.refusal);
    this.#admission = new Admission(setup.concurrency, setup.backlog);
  }

  get counters(): ServerCounters {
    const { serving, waiting } = this.#admission;
    return {
      serving: serving.size,
      waiting: waiting.size,
      accepted: this.#accepted,
      refused: this.#refused,
    };
  }

  accept(stream: ByteStream): void {
    this.#accepted += 1;
    const { codec, clock, connection: options } = this.#setup;
    const id = `c${this.#accepted}`;
    const connection = new StreamConnection<In, Out, Data>({
      id,
      stream,
      codec,
      clock,
      options,
      observer: this,
    });
    if (this.#isDraining) return this.#refuse(connection, { by: "local", kind: "drained" }, false);
    switch (this.#admission.arrive(connection)) {
      case "serve":
        return this.#serve(connection);
      case "wait":
        return this.#wait(connection);
      case "refuse":
        return this.#refuse(connection, { by: "local", kind: "overload" }, false);
    }
  }

  /** Ends idle connections at once and busy ones when they are through, or after `graceMs`; refuses whoever waits. */
  async drain(graceMs: number): Promise<DrainReport> {
    this.#state = "draining";
    const waiting = [...this.#admission.waiting];
    for (const connection of waiting) {
      this.#admission.leave(connection);
      this.#waited(connection);
      this.#refuse(connection, { by: "local", kind: "drained" }, true);
    }
    const serving = [...this.#admission.serving];
    const busy = new Set(serving.filter((connection) => connection.drain()));
    const drain = new Drain(busy, serving.length - busy.size, waiting.length);
    this.#drain = drain;
    const cancel = this.#setup.clock.after(graceMs, () => {
      for (const connection of this.#existing())
        connection.destroy({ by: "local", kind: "grace-ended", graceMs });
    });
    await Promise.all(this.#existing().map((connection) => connection.whenClosed));
    cancel();
    return drain.report;
  }

  closed(connection: StreamConnection<In, Out, Data>, reason: CloseReason): void {
    this.#lingering.delete(connection);
    this.#waited(connection);
    if (this.#admission.leave(connection) === "neither") return;
    this.#drain?.ended(connection, isOrderly(reason));
    this.#events.tell("closed", { connection, reason });
    this.#promote();
  }

  handlerFailed(connection: StreamConnection<In, Out, Data>, error: unknown): void {
    this.#events.tell("handler-error", { connection, error });
  }

  #existing(): StreamConnection<In, Out, Data>[] {
    return [...this.#admission.serving, ...this.#lingering];
  }

  /** Gives free places to who waits. A place that is free again at once is given by the same loop, not by one inside it. */
  #promote(): void {
    if (this.#state !== "admitting") return;
    this.#state = "promoting";
    let next = this.#admission.promote();
    while (next !== undefined) {
      this.#serve(next);
      next = this.#isDraining ? undefined : this.#admission.promote();
    }
    if (!this.#isDraining) this.#state = "admitting";
  }

  get #isDraining(): boolean {
    return this.#state === "draining";
  }

  #serve(connection: StreamConnection<In, Out, Data>): void {
    this.#waited(connection);
    connection.open();
    this.#events.tell("serving", { connection });
    // A subscriber may have closed it.
    if (connection.state === "open" || connection.state === "remote-ended")
      connection.handle(this.#setup.handler);
  }

  #wait(connection: StreamConnection<In, Out, Data>): void {
    const { clock, waitTimeoutMs } = this.#setup;
    connection.wait();
    if (waitTimeoutMs !== Number.POSITIVE_INFINITY) {
      const expire = (): void => {
        this.#waited(connection);
        this.#admission.leave(connection);
        this.#refuse(connection, { by: "local", kind: "wait-timeout", waitTimeoutMs }, true);
      };
      this.#waitTimeouts.set(connection, clock.after(waitTimeoutMs, expire));
    }
    this.#events.tell("waiting", { connection });
  }

  #waited(connection: StreamConnection<In, Out, Data>): void {
    this.#waitTimeouts.get(connection)?.();
    this.#waitTimeouts.delete(connection);
  }

  #refuse(connection: StreamConnection<In, Out, Data>, reason: CloseReason, waited: boolean): void {
    this.#refused += 1;
    if (this.#refusal === undefined || this.#lingering.size >= maxLingeringRefusals)
      connection.refuse(reason);
    else {
      this.#lingering.add(connection);
      connection.refuse(reason, this.#refusal);
    }
    this.#events.tell("refused", { connection, reason, waited });
  }
}
