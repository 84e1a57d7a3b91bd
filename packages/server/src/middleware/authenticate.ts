import type { Cancel, CloseReason, Connection, Handler } from "@parley/core";
import {
  type AuthenticateOptions,
  type AuthenticateSetup,
  authenticateSetup,
} from "./authenticate-options.ts";
import type { Middleware } from "./middleware.ts";
import { isLeaving, turnAway } from "./turn-away.ts";

/**
 * Has clients say who they are before anything reaches the handler: by a token in their first message, compared in constant
 * time and never logged, or by whatever `verify` makes of it. A connection becomes the handler's, `open` included, once a
 * message is accepted; of one that never is, the handler hears nothing. Frames that were passed over as too long count as tries.
 *
 *     pipe(echo(), authenticate({ token: process.env.ECHO_TOKEN, rejection: "wrong token" }))
 *
 * What stands before it in the list, such as `logMessages`, sees the token. Over plain TCP so does the network.
 * @throws ParleyError `bad-option`.
 */
export function authenticate<In, Out = In, Data = unknown>(
  options: AuthenticateOptions<In, Out, Data>,
): Middleware<In, Out, Data> {
  const setup = authenticateSetup(options);
  return (next) => {
    const gate = new Gate(setup, next);
    return next.ended === undefined ? gate : withEnded(gate, next);
  };
}

/** A connection that has not been accepted yet, and never may be. */
interface Newcomer {
  tries: number;
  readonly cancel: Cancel;
}

/** The handler in front of `next`. */
class Gate<In, Out, Data> implements Handler<In, Out, Data> {
  readonly #setup: AuthenticateSetup<In, Out, Data>;
  readonly #next: Handler<In, Out, Data>;
  readonly #newcomers = new WeakMap<Connection<In, Out, Data>, Newcomer>();

  constructor(setup: AuthenticateSetup<In, Out, Data>, next: Handler<In, Out, Data>) {
    this.#setup = setup;
    this.#next = next;
  }

  isShutFor(connection: Connection<In, Out, Data>): boolean {
    return this.#newcomers.has(connection);
  }

  open(connection: Connection<In, Out, Data>): void {
    const { clock, deadlineMs: afterMs } = this.#setup;
    const late: CloseReason = { by: "local", kind: "auth-timeout", afterMs };
    this.#newcomers.set(connection, {
      tries: 0,
      cancel: clock.after(afterMs, () => turnAway(connection, late)),
    });
  }

  message(message: In, connection: Connection<In, Out, Data>): void | PromiseLike<void> {
    const newcomer = this.#newcomers.get(connection);
    if (newcomer === undefined) return this.#next.message(message, connection);
    const verdict = this.#setup.verify(message, connection);
    if (typeof verdict === "boolean") return this.#decide(verdict, newcomer, connection);
    return Promise.resolve(verdict).then((accepted) => this.#decide(accepted, newcomer, connection));
  }

  skipped(...[fault, connection]: Parameters<NonNullable<Handler<In, Out, Data>["skipped"]>>): void {
    const newcomer = this.#newcomers.get(connection);
    if (newcomer === undefined) this.#next.skipped?.(fault, connection);
    else this.#reject(newcomer, connection);
  }

  drain(connection: Connection<In, Out, Data>): void {
    if (!this.isShutFor(connection)) this.#next.drain?.(connection);
  }

  closing(connection: Connection<In, Out, Data>, reason: CloseReason): void {
    const newcomer = this.#newcomers.get(connection);
    if (newcomer === undefined) this.#next.closing?.(connection, reason);
    else newcomer.cancel();
  }

  closed(connection: Connection<In, Out, Data>, reason: CloseReason): void {
    if (!this.isShutFor(connection)) this.#next.closed?.(connection, reason);
  }

  #decide(
    accepted: boolean,
    newcomer: Newcomer,
    connection: Connection<In, Out, Data>,
  ): void | PromiseLike<void> {
    if (isLeaving(connection)) return;
    // Nothing but true lets anybody in, whatever a verify without types returns.
    if (accepted === true) return this.#accept(newcomer, connection);
    this.#reject(newcomer, connection);
  }

  #accept(newcomer: Newcomer, connection: Connection<In, Out, Data>): void | PromiseLike<void> {
    const { welcome } = this.#setup;
    newcomer.cancel();
    this.#newcomers.delete(connection);
    if (welcome !== undefined) connection.send(welcome);
    const opened = this.#next.open?.(connection);
    // It was told so before it had a handler.
    if (connection.state === "draining") this.#next.drain?.(connection);
    return opened;
  }

  #reject(newcomer: Newcomer, connection: Connection<In, Out, Data>): void {
    const { rejection, maxTries } = this.#setup;
    newcomer.tries += 1;
    if (rejection !== undefined) connection.send(rejection);
    if (newcomer.tries >= maxTries) {
      turnAway(connection, { by: "local", kind: "unauthorized", tries: newcomer.tries });
    }
  }
}

/** To have `ended` means to end the connection oneself; so a gate has it only if who stands behind it does. */
function withEnded<In, Out, Data>(
  gate: Gate<In, Out, Data>,
  next: Handler<In, Out, Data>,
): Handler<In, Out, Data> {
  return Object.assign(gate, {
    ended(connection: Connection<In, Out, Data>): void {
      if (gate.isShutFor(connection)) connection.end();
      else next.ended?.(connection);
    },
  });
}
