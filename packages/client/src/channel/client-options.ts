import {
  type Clock,
  type Codec,
  type ConnectionOptions,
  checkInteger,
  checkIntegerOrInfinity,
  connectionOptions,
  jsonLines,
  ParleyError,
  withDefaults,
} from "@parley/core";
import {
  defaultCallTimeoutMs,
  forCalls,
  type SessionLimits,
  type SessionOptions,
  sessionOptions,
} from "@parley/rpc";
import { systemClock } from "@parley/transport";
import type { BackOffLimits } from "./back-off.ts";

/** How often a client tries to get its connection back. */
export interface ReconnectOptions {
  /** The first delay is anything up to this; the bound doubles with every failure. Default 100 ms; at least 1. */
  readonly initialDelayMs?: number | undefined;
  /**
   * No delay is longer; once the bound has come to this, none is shorter than half of it. A connection that lasted for so long has proved
   * itself: delays are short again. Default 10,000 ms, with which no second has more than a fifth of those that lost a server for that long.
   */
  readonly maxDelayMs?: number | undefined;
}

/** How a client treats its calls and its connection; the limits of that are in `ConnectionOptions`, those of a session in `SessionOptions`. */
export interface ClientOptions extends ConnectionOptions, SessionOptions {
  /** What is spoken. Default `jsonLines()`. */
  readonly codec?: Codec<unknown> | undefined;
  /** How long a call may take, waits and further attempts included. Default 10,000 ms; Infinity for ever. */
  readonly timeoutMs?: number | undefined;
  /** How long a connection may take to be made. Default 5,000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** How a lost connection is got back, or false: then the client is closed when its first connection is gone. */
  readonly reconnect?: ReconnectOptions | false | undefined;
  /** How often a call is sent at most, if it may be sent again at all. Default 4; 1 for once. */
  readonly maxAttempts?: number | undefined;
  /** How many calls may wait, for a connection or to be made again; further ones are rejected. Default 1,000; from 0. */
  readonly maxWaiting?: number | undefined;
  /** Whether the first connection is only made when it is asked for. Default false. */
  readonly lazy?: boolean | undefined;
  /** Names this client among all, in the keys it makes. Default a random UUID. */
  readonly instance?: string | undefined;
  /** Default the system's; tests pass their own. */
  readonly clock?: Clock | undefined;
  /** Gives numbers from 0 to below 1, for the jitter of delays. Default `Math.random`; tests pass their own. */
  readonly random?: (() => number) | undefined;
}

/** The part of the options that has defaults of its own. */
export interface ClientLimits {
  timeoutMs: number;
  maxAttempts: number;
  maxWaiting: number;
  lazy: boolean;
  clock: Clock;
  random: () => number;
}

/** The defaults of {@link ClientOptions}, as far as they are fixed. */
export const clientDefaults: Readonly<ClientLimits> = Object.freeze({
  timeoutMs: defaultCallTimeoutMs,
  maxAttempts: 4,
  maxWaiting: 1_000,
  lazy: false,
  clock: systemClock,
  random: Math.random,
});

/** The defaults of {@link ReconnectOptions}. */
export const reconnectDefaults: BackOffLimits = Object.freeze({ initialDelayMs: 100, maxDelayMs: 10_000 });

/** What a client needs of its options, checked and complete. */
export interface ClientSetup extends Readonly<ClientLimits> {
  readonly codec: Codec<unknown>;
  /** Undefined for the dial's own default. */
  readonly connectTimeoutMs: number | undefined;
  /** Null for not at all. */
  readonly reconnect: BackOffLimits | null;
  readonly instance: string;
  readonly session: SessionLimits;
  /** As they were given, but checked. */
  readonly connection: ConnectionOptions;
}

/** Checks options and completes them. @throws ParleyError `bad-option`. */
export function clientSetup(options: ClientOptions): ClientSetup {
  const { codec, connectTimeoutMs, reconnect, instance, ...rest } = options;
  const own = withDefaults(clientDefaults, rest);
  // For its checks: `connect` has defaults of its own.
  connectionOptions(rest);
  checkIntegerOrInfinity("timeoutMs", own.timeoutMs, 1);
  checkInteger("maxAttempts", own.maxAttempts, 1);
  checkIntegerOrInfinity("maxWaiting", own.maxWaiting, 0);
  if (connectTimeoutMs !== undefined) checkInteger("connectTimeoutMs", connectTimeoutMs, 1, 0x7fff_ffff);
  if (codec !== undefined && typeof codec.frame?.decoder !== "function")
    throw new ParleyError("bad-option", "codec is none; give one, for example jsonLines().");
  return Object.freeze({
    ...own,
    codec: forCalls(codec ?? jsonLines()),
    connectTimeoutMs,
    reconnect: reconnect === false ? null : backOffLimits(reconnect),
    instance: instance ?? crypto.randomUUID(),
    session: sessionOptions(rest),
    connection: rest,
  });
}

function backOffLimits(given: ReconnectOptions = {}): BackOffLimits {
  const limits = withDefaults<BackOffLimits>(reconnectDefaults, given);
  checkInteger("reconnect.initialDelayMs", limits.initialDelayMs, 1, 0x7fff_ffff);
  checkInteger("reconnect.maxDelayMs", limits.maxDelayMs, 1, 0x7fff_ffff);
  if (limits.initialDelayMs > limits.maxDelayMs) {
    throw new ParleyError(
      "bad-option",
      `reconnect.initialDelayMs is ${limits.initialDelayMs}, above reconnect.maxDelayMs (${limits.maxDelayMs}); give it at most that.`,
    );
  }
  return Object.freeze(limits);
}
