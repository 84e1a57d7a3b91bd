import { type Clock, type Connection, checkInteger, ParleyError, withDefaults } from "@parley/core";
import { systemClock } from "@parley/transport";
import { TokenCheck } from "./token-check.ts";

/** How clients say who they are: `token` or `verify`, and how often they may try. */
export interface AuthenticateOptions<In, Out = In, Data = unknown> {
  /** What the first message must say: one secret, or several of which any will do. */
  readonly token?: string | readonly string[] | undefined;
  /** Where in a message the token is, undefined if there is none. Default: the message itself, if it is text or bytes. */
  readonly tokenOf?: ((message: In) => string | Uint8Array | undefined) | undefined;
  /**
   * Decides over a message in place of `token`; may put what it learns into `connection.data`. What it throws is the
   * handler's failure.
   */
  readonly verify?:
    | ((message: In, connection: Connection<In, Out, Data>) => boolean | PromiseLike<boolean>)
    | undefined;
  /** Sent to who is accepted, before the handler's `open`. Default nothing. */
  readonly welcome?: Out | undefined;
  /** Sent for every message that is not accepted. Default nothing. */
  readonly rejection?: Out | undefined;
  /** How many messages may fail before the connection is closed as `unauthorized`. Default 3; at least 1. */
  readonly maxTries?: number | undefined;
  /** How long all of it may take before the connection is closed as `auth-timeout`. Default 10,000 ms. */
  readonly deadlineMs?: number | undefined;
  /** Default the system's. */
  readonly clock?: Clock | undefined;
}

const defaults = Object.freeze({ maxTries: 3, deadlineMs: 10_000, clock: systemClock });

/** The options, complete; `verify` stands for `token` too. */
export interface AuthenticateSetup<In, Out, Data> {
  readonly verify: (message: In, connection: Connection<In, Out, Data>) => boolean | PromiseLike<boolean>;
  readonly welcome: Out | undefined;
  readonly rejection: Out | undefined;
  readonly maxTries: number;
  readonly deadlineMs: number;
  readonly clock: Clock;
}

/** The options with their defaults, checked. @throws ParleyError `bad-option`. */
export function authenticateSetup<In, Out, Data>(
  options: AuthenticateOptions<In, Out, Data>,
): AuthenticateSetup<In, Out, Data> {
  const { token, tokenOf, verify, welcome, rejection, maxTries, deadlineMs, clock } = options;
  const limits = withDefaults<{ maxTries: number; deadlineMs: number; clock: Clock }>(defaults, {
    maxTries,
    deadlineMs,
    clock,
  });
  checkInteger("maxTries", limits.maxTries, 1);
  checkInteger("deadlineMs", limits.deadlineMs, 1, 0x7fff_ffff);
  if ((token === undefined) === (verify === undefined)) {
    throw new ParleyError("bad-option", "authenticate() needs either token or verify; give it one of them.");
  }
  return Object.freeze({
    ...limits,
    welcome,
    rejection,
    verify:
      verify ?? verifyToken(new TokenCheck(typeof token === "string" ? [token] : (token ?? [])), tokenOf),
  });
}

function verifyToken<In>(
  check: TokenCheck,
  tokenOf: (message: In) => unknown = (message) => message,
): (message: In) => boolean {
  return (message) => {
    const candidate = tokenOf(message);
    return (typeof candidate === "string" || candidate instanceof Uint8Array) && check.accepts(candidate);
  };
}
