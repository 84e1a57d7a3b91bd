import {
  type AnyHandler,
  type ByteStream,
  type Clock,
  type Codec,
  type ConnectionOptions,
  heartbeat as checkHeartbeat,
  checkInteger,
  checkIntegerOrInfinity,
  checkOneOf,
  connectionOptions,
  type Heartbeat,
  type HeartbeatOptions,
  ParleyError,
  withDefaults,
} from "@parley/core";
import { systemClock } from "@parley/transport";
import type { Logger } from "pino";
import { defaultReserve, readDescriptors } from "./descriptors.ts";
import type { OccupancyLimits } from "./occupancy.ts";

/** Something that stands between a server and the byte streams it accepts, such as a `trafficShaper`. */
export interface StreamShaper {
  wrap(stream: ByteStream): ByteStream;
}

/** How a server treats its connections as a whole; the limits of each are in `ConnectionOptions`. */
export interface ServerOptions<In, Out = In, Data = unknown> extends ConnectionOptions {
  readonly codec: Codec<In, Out>;
  readonly handler: AnyHandler<In, Out, Data>;
  /** How many connections are served at once; 1 is sequential. Default Infinity; at least 1. */
  readonly concurrency?: number | undefined;
  /** How many accepted connections may wait to be served. Default 128; from 0. */
  readonly backlog?: number | undefined;
  /** How long a connection may wait before it is refused. Default 60,000 ms; Infinity for ever. */
  readonly waitTimeoutMs?: number | undefined;
  /** What becomes of a connection beyond both: refused at once. */
  readonly overflow?: "refuse" | undefined;
  /** Sent to a connection that is refused, before it is closed. Default none: it is reset. */
  readonly refusal?: Out | undefined;
  /**
   * How many connections may exist, those included that linger over a refusal; beyond, they are reset. Default what the limit
   * of descriptors leaves (`ulimit -n`), less the reserve and what is open when the server is created; at least 1.
   */
  readonly maxConnections?: number | undefined;
  /** How many may be served or wait from one IPv4 address, or one /64 network of IPv6. Default Infinity; at least 1. */
  readonly maxConnectionsPerAddress?: number | undefined;
  /**
   * How many descriptors are kept free: while no more than these are left to the process, whoever holds the others, connections
   * are reset. Default a sixteenth of the limit, but at least 16 and at most 256; from 0.
   */
  readonly descriptorReserve?: number | undefined;
  /** How a client that says nothing is asked for a sign of life. Default not at all. */
  readonly heartbeat?: HeartbeatOptions<Out> | undefined;
  /** Limits bytes per second; see `trafficShaper`. Default none. */
  readonly shaper?: StreamShaper | undefined;
  /** Whether `request-begun` and `request-ended` are told of each message. Default false; not with a handler of one function. */
  readonly requestEvents?: boolean | undefined;
  /** How long a drain waits for busy connections. Default 10,000 ms. */
  readonly graceMs?: number | undefined;
  /** Where the server's events are logged, one line each. Default nowhere. */
  readonly logger?: Logger | undefined;
  /** Default the system's; tests pass their own. */
  readonly clock?: Clock | undefined;
}

/** The part of the options that has defaults of its own. */
export interface ServerLimits {
  concurrency: number;
  backlog: number;
  waitTimeoutMs: number;
  overflow: "refuse";
  maxConnectionsPerAddress: number;
  requestEvents: boolean;
  graceMs: number;
  clock: Clock;
}

/** The defaults of {@link ServerOptions}, as far as they are fixed. */
export const serverDefaults: Readonly<ServerLimits> = Object.freeze({
  concurrency: Number.POSITIVE_INFINITY,
  backlog: 128,
  waitTimeoutMs: 60_000,
  overflow: "refuse",
  maxConnectionsPerAddress: Number.POSITIVE_INFINITY,
  requestEvents: false,
  graceMs: 10_000,
  clock: systemClock,
});

/** What a server needs of its options, checked and complete. */
export interface ServerSetup<In, Out, Data> extends Readonly<ServerLimits> {
  readonly codec: Codec<In, Out>;
  readonly handler: AnyHandler<In, Out, Data>;
  readonly connection: Readonly<Required<ConnectionOptions>>;
  readonly occupancy: OccupancyLimits;
  readonly refusal: Out | undefined;
  readonly heartbeat: Heartbeat | undefined;
  readonly shaper: StreamShaper | undefined;
  readonly logger: Logger | undefined;
}

/** Checks options and completes them. @throws ParleyError `bad-option`. */
export function serverSetup<In, Out, Data>(
  options: ServerOptions<In, Out, Data>,
): ServerSetup<In, Out, Data> {
  const {
    codec,
    handler,
    refusal,
    heartbeat,
    shaper,
    logger,
    concurrency,
    backlog,
    waitTimeoutMs,
    overflow,
    maxConnections,
    maxConnectionsPerAddress,
    descriptorReserve,
    requestEvents,
    graceMs,
    clock,
    ...connection
  } = options;
  const own = withDefaults(serverDefaults, {
    concurrency,
    backlog,
    waitTimeoutMs,
    overflow,
    maxConnectionsPerAddress,
    requestEvents,
    graceMs,
    clock,
  });
  checkHandler(handler);
  if (typeof codec?.frame?.decoder !== "function") {
    throw new ParleyError("bad-option", "codec is missing; give one, for example textLines().");
  }
  checkIntegerOrInfinity("concurrency", own.concurrency, 1);
  checkInteger("backlog", own.backlog, 0);
  checkIntegerOrInfinity("waitTimeoutMs", own.waitTimeoutMs, 1);
  checkOneOf("overflow", own.overflow, ["refuse"]);
  checkInteger("graceMs", own.graceMs, 0, 0x7fff_ffff);
  if (own.requestEvents && typeof handler === "function") {
    throw new ParleyError(
      "bad-option",
      "requestEvents needs a handler with a message callback: which messages a function works on cannot be seen from outside.",
    );
  }
  return Object.freeze({
    ...own,
    codec,
    handler,
    refusal,
    shaper,
    logger,
    connection: connectionOptions(connection),
    occupancy: occupancyLimits(maxConnections, own.maxConnectionsPerAddress, descriptorReserve),
    heartbeat: heartbeat && checkHeartbeat(codec, heartbeat),
  });
}

function occupancyLimits(
  maxConnections: number | undefined,
  maxConnectionsPerAddress: number,
  reserve: number | undefined,
): OccupancyLimits {
  const { limit, open } = readDescriptors();
  const descriptorReserve = reserve ?? defaultReserve(limit);
  checkInteger("descriptorReserve", descriptorReserve, 0);
  const firstReservedDescriptor = limit - descriptorReserve;
  checkIntegerOrInfinity("maxConnectionsPerAddress", maxConnectionsPerAddress, 1);
  if (maxConnections !== undefined) checkIntegerOrInfinity("maxConnections", maxConnections, 1);
  return Object.freeze({
    maxConnections: maxConnections ?? Math.max(1, firstReservedDescriptor - open),
    maxConnectionsPerAddress,
    firstReservedDescriptor,
    descriptorReserve,
  });
}

function checkHandler(handler: unknown): void {
  if (typeof handler === "function") return;
  if (typeof (handler as { message?: unknown } | undefined)?.message === "function") return;
  throw new ParleyError(
    "bad-option",
    "handler is neither a function nor an object with a message callback; give one of them, for example echo().",
  );
}
