import { type Cancel, type Clock, checkInteger } from "@parley/core";
import { systemClock } from "@parley/transport";

/** What a probe does, and how often. */
export interface ProbeOptions {
  /** One request and its answer, on a connection that stays. */
  readonly request: () => Promise<unknown>;
  /** A new connection, one request on it, and its end. Default: no new connections are made. */
  readonly connect?: (() => Promise<unknown>) | undefined;
  /** Default 50. */
  readonly requestsPerSecond?: number | undefined;
  /** Default 1. */
  readonly connectionsPerSecond?: number | undefined;
  /** Default the system's. */
  readonly clock?: Clock | undefined;
}

/** What a probe has seen. */
export interface ProbeReport {
  readonly requests: number;
  readonly connections: number;
  /** What a good client should not have got, in the order in which it came. */
  readonly errors: readonly unknown[];
  /** How long requests have taken: half of them, 99 in a hundred, and the longest, in milliseconds; 0 if there were none. */
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

/** A good client beside the bad ones: see {@link startProbe}. */
export interface Probe {
  /** Ends it, once what it has begun is through. */
  stop(): Promise<ProbeReport>;
}

/**
 * Is a good client while a test does its worst: makes requests and connections at a steady pace, whether or not the ones before are answered,
 * and reports what it met.
 * @throws ParleyError `bad-option`.
 */
export function startProbe(options: ProbeOptions): Probe {
  const { request, connect, requestsPerSecond = 50, connectionsPerSecond = 1, clock = systemClock } = options;
  checkInteger("requestsPerSecond", requestsPerSecond, 1, 1_000);
  checkInteger("connectionsPerSecond", connectionsPerSecond, 1, 1_000);
  const errors: unknown[] = [];
  const times: number[] = [];
  /** Those that were begun are through with this. */
  let allThrough: Promise<unknown> = Promise.resolve();
  let connections = 0;

  function begin(act: () => Promise<unknown>, through: (tookMs: number) => void): void {
    const begun = clock.now();
    const done = act().then(
      () => through(clock.now() - begun),
      (error: unknown) => void errors.push(error),
    );
    allThrough = Promise.all([allThrough, done]);
  }

  /** Answers what ends it. */
  function everySecond(times: number, act: () => void): Cancel {
    const wait = (): Cancel =>
      clock.after(1_000 / times, () => {
        cancel = wait();
        act();
      });
    let cancel = wait();
    return () => cancel();
  }

  const endRequests = everySecond(requestsPerSecond, () =>
    begin(request, (tookMs) => void times.push(tookMs)),
  );
  const endConnections =
    connect &&
    everySecond(connectionsPerSecond, () =>
      begin(connect, () => {
        connections += 1;
      }),
    );
  return {
    async stop() {
      endRequests();
      endConnections?.();
      await allThrough;
      const sorted = times.toSorted((a, b) => a - b);
      const at = (share: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
      return {
        requests: times.length,
        connections,
        errors,
        medianMs: at(0.5),
        p99Ms: at(0.99),
        longestMs: sorted.at(-1) ?? 0,
      };
    },
  };
}
