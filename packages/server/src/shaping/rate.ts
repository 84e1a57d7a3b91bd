/** The shortest burst: what a TCP segment carries over Ethernet (RFC 879: 1,500 bytes less the headers). */
const segmentBytes = 1_460;
const maxBurstBytes = 64 * 1024;

/** A finite rate, with what follows from it. */
export interface Rate {
  readonly bytesPerSecond: number;
  /** What may pass at once after a pause. */
  readonly burstBytes: number;
  /** What a slice of a longer write waits for, lest it go byte by byte. */
  readonly sliceBytes: number;
}

/**
 * A rate's burst and slices: the burst is 100 ms' worth, at least 1,460 bytes and at most 64 KiB, or 5 ms' worth where that
 * is more, as timers are no finer than that; a slice is 100 ms' worth, at most 1,460 bytes. Null for Infinity.
 */
export function rateOf(bytesPerSecond: number): Rate | null {
  if (bytesPerSecond === Number.POSITIVE_INFINITY) return null;
  const tenth = Math.ceil(bytesPerSecond / 10);
  const burst = Math.min(Math.max(tenth, segmentBytes), maxBurstBytes);
  return Object.freeze({
    bytesPerSecond,
    burstBytes: Math.max(burst, Math.ceil(bytesPerSecond / 200)),
    sliceBytes: Math.min(tenth, segmentBytes),
  });
}
