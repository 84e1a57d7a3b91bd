import { checkInteger, checkIntegerOrInfinity, ParleyError, withDefaults } from "@parley/core";

/** What befalls bytes on their way in one direction. Probabilities are from 0 to 1, for each piece. */
export interface Faults {
  /** The longest piece that is delivered at once; 1 delivers byte by byte. Default Infinity: as it came. */
  readonly maxPieceBytes?: number | undefined;
  /** How long a piece is under way at the most; what comes meanwhile joins what waits. Default 0 ms. */
  readonly maxDelayMs?: number | undefined;
  /** No more than so many bytes in a second. Default Infinity. */
  readonly bytesPerSecond?: number | undefined;
  /** How likely nothing moves for `stallMs` before a piece. Default 0. */
  readonly stall?: number | undefined;
  /** Default 1,000 ms. */
  readonly stallMs?: number | undefined;
  /** How likely a piece is lost, and both connections are reset in its place. Default 0. */
  readonly reset?: number | undefined;
  /** How likely nothing of this direction is delivered any more from a piece on, and nobody is told. Default 0. */
  readonly drop?: number | undefined;
  /** How likely a FIN comes in place of a piece and all behind it. Default 0. */
  readonly halfClose?: number | undefined;
}

/** The same, complete. */
export type CompleteFaults = { readonly [K in keyof Faults]-?: number };

const noFaults: CompleteFaults = Object.freeze({
  maxPieceBytes: Number.POSITIVE_INFINITY,
  maxDelayMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  stall: 0,
  stallMs: 1_000,
  reset: 0,
  drop: 0,
  halfClose: 0,
});

/** Checks faults and completes them. @throws ParleyError `bad-option`. */
export function completeFaults(given: Faults = {}): CompleteFaults {
  const faults = withDefaults<CompleteFaults>(noFaults, given);
  checkIntegerOrInfinity("maxPieceBytes", faults.maxPieceBytes, 1);
  checkInteger("maxDelayMs", faults.maxDelayMs, 0);
  checkIntegerOrInfinity("bytesPerSecond", faults.bytesPerSecond, 1);
  checkInteger("stallMs", faults.stallMs, 0);
  for (const name of ["stall", "reset", "drop", "halfClose"] as const) {
    const probability = faults[name];
    if (!(probability >= 0 && probability <= 1))
      throw new ParleyError(
        "bad-option",
        `${name} is ${String(probability)}; give a probability from 0 to 1.`,
      );
  }
  return Object.freeze(faults);
}
