import {
  type Connection,
  checkInteger,
  checkIntegerOrInfinity,
  ParleyError,
  withDefaults,
} from "@parley/core";
import { type CallMiddleware, type SessionLimits, type SessionOptions, sessionOptions } from "@parley/rpc";

/** How `serve` treats its calls: the limits of each connection, and those of all together. */
export interface ServeOptions extends SessionOptions {
  /** What stands around every call, the first outermost. Default nothing. */
  readonly middleware?: readonly CallMiddleware<Connection<unknown>>[] | undefined;
  /**
   * How many calls may be worked on at once, on all connections together; those beyond are answered as overloaded, with `retryAfterMs`.
   * Default Infinity; at least 1.
   */
  readonly maxRunning?: number | undefined;
  /**
   * To whom a connection's keys belong; undefined for nobody in particular: then the keys themselves have to tell clients apart, as those
   * of Parley's clients do. Asked once, when the connection is opened. Default the subject of the certificate that it has proved to have.
   */
  readonly principal?: ((connection: Connection<unknown>) => string | undefined) | undefined;
  /** For how long the outcome of a keyed call is remembered. Default 300,000 ms; at least 1. */
  readonly keyMemoryMs?: number | undefined;
  /** How many keys are remembered; while they are, a call with another is answered as -32007. Default 10,000; at least 1. */
  readonly maxKeys?: number | undefined;
  /**
   * How many bytes the outcomes that are remembered may take, about; while they do, a call with another key is answered as -32007.
   * Default 64 MiB; at least 1.
   */
  readonly maxKeyBytes?: number | undefined;
  /** How many of the keys may be of one principal. Default Infinity; at least 1. */
  readonly maxKeysPerPrincipal?: number | undefined;
  /**
   * How long a connection may take to show which protocol it speaks, where that is detected. Default 60,000 ms, as long as it may be
   * idle; from 1 ms.
   */
  readonly detectDeadlineMs?: number | undefined;
}

/** The part of the options with defaults of its own; the others' are in `sessionDefaults`. */
export interface ServeLimits {
  readonly maxRunning: number;
  readonly keyMemoryMs: number;
  readonly maxKeys: number;
  readonly maxKeyBytes: number;
  readonly maxKeysPerPrincipal: number;
  readonly detectDeadlineMs: number;
}

/** The defaults of {@link ServeOptions}. */
export const serveDefaults: ServeLimits = Object.freeze({
  maxRunning: Number.POSITIVE_INFINITY,
  keyMemoryMs: 300_000,
  maxKeys: 10_000,
  maxKeyBytes: 64 * 1024 * 1024,
  maxKeysPerPrincipal: Number.POSITIVE_INFINITY,
  detectDeadlineMs: 60_000,
});

/** What a handler needs of its options, checked and complete. */
export interface ServeSetup extends ServeLimits {
  readonly session: SessionLimits;
  readonly middleware: readonly CallMiddleware<Connection<unknown>>[];
  readonly principal: (connection: Connection<unknown>) => string | undefined;
}

/** Checks options and completes them. @throws ParleyError `bad-option`. */
export function serveSetup(options: ServeOptions): ServeSetup {
  const { middleware = [], principal = certifiedSubject } = options;
  const limits = withDefaults<ServeLimits>(serveDefaults, options);
  checkIntegerOrInfinity("maxRunning", limits.maxRunning, 1);
  checkInteger("keyMemoryMs", limits.keyMemoryMs, 1, 0x7fff_ffff);
  checkInteger("maxKeys", limits.maxKeys, 1);
  checkInteger("maxKeyBytes", limits.maxKeyBytes, 1);
  checkIntegerOrInfinity("maxKeysPerPrincipal", limits.maxKeysPerPrincipal, 1);
  checkInteger("detectDeadlineMs", limits.detectDeadlineMs, 1, 0x7fff_ffff);
  if (typeof principal !== "function")
    throw new ParleyError(
      "bad-option",
      `principal is a ${typeof principal}; give a function of a connection.`,
    );
  const wrong = middleware.findIndex((each) => typeof each !== "function");
  if (wrong >= 0) {
    throw new ParleyError(
      "bad-option",
      `middleware[${wrong}] is a ${typeof middleware[wrong]}; give a function (params, context, next) => next(params).`,
    );
  }
  return Object.freeze({ ...limits, middleware, principal, session: sessionOptions(options) });
}

function certifiedSubject({ identity }: Connection<unknown>): string | undefined {
  return identity?.subject;
}
