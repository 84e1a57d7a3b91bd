import { unavailableCodes } from "../codes.ts";
import { keptBytes } from "./kept-bytes.ts";
import { RecentInstances } from "./recent-instances.ts";
import type { Outcome } from "./wire.ts";

/** What becomes of a keyed request: it is the first and runs; it gets the first's outcome; the key is known no more, or the memory is full. */
export type KeyVerdict = "run" | "join" | "unknown";

/** Remembers what came of keyed requests, so that a repeated one runs once. One for all sessions of a server. */
export interface KeyMemory {
  /**
   * A request with `key` of `principal` has come. For `join`, `settled` is called with the first's outcome: at once if it is there, else when it
   * is; a thrown error that callers are not told counts as the error object that the first's caller got. It must not throw.
   */
  admit(principal: string, key: string, settled: (outcome: Outcome) => void): KeyVerdict;
  /** The request that was admitted to `run` is through. */
  settle(principal: string, key: string, outcome: Outcome): void;
}

/** How much a {@link RecentKeys} remembers. */
export interface KeyMemoryLimits {
  /** For how long an outcome is remembered, from when it is there. */
  readonly keyMemoryMs: number;
  /** How many keys are remembered at a time, those included whose requests are still being worked on. */
  readonly maxKeys: number;
  /** How many bytes their outcomes may take, about, until no further key is remembered. */
  readonly maxKeyBytes: number;
  /** How many of them one principal may have. */
  readonly maxKeysPerPrincipal: number;
}

/** A longer key is not remembered, and so not run: ours have 40 characters, and what others send must not fill the memory. */
const maxKeyLength = 256;

interface Running {
  readonly waiting: ((outcome: Outcome) => void)[];
}

interface Settled {
  readonly principal: string;
  readonly key: string;
  readonly outcome: Outcome;
  readonly bytes: number;
  readonly forgetAt: number;
}

/**
 * The {@link KeyMemory} of one process. While a key is remembered, no request with it runs a second time; nothing is
 * forgotten before its time: who finds the memory full is told `unknown`, and so is a key of more than 256 characters. An outcome that says
 * that the request was not started (`unavailableCodes`) is not remembered: such a request may be sent again.
 *
 * Of a key `INSTANCE:SEQUENCE`, SEQUENCE in decimal and counted up by the client, it is known after it was forgotten that it was: for each
 * principal and instance the highest sequence that was forgotten is kept, and what is not above it is `unknown`. That is kept for as many
 * instances as `maxKeys`, those that were used last; beyond, and for all other keys, a repetition that comes later than `keyMemoryMs` runs
 * again. Owns no timer: what is due to be forgotten is, when the next request comes.
 */
export class RecentKeys implements KeyMemory {
  readonly #limits: KeyMemoryLimits;
  readonly #now: () => number;
  readonly #running = new Map<string, Running>();
  /** In the order in which they are forgotten. */
  readonly #settled = new Map<string, Settled>();
  /** How many keys each principal has that has any. */
  readonly #perPrincipal = new Map<string, number>();
  readonly #forgotten: RecentInstances;
  /** What the outcomes take. */
  #bytes = 0;

  /** @param now milliseconds on a clock that never goes back. */
  constructor(limits: KeyMemoryLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#forgotten = new RecentInstances(limits.maxKeys);
  }

  /** How many keys are remembered, as far as is known without a look at the time. */
  get size(): number {
    return this.#running.size + this.#settled.size;
  }

  admit(principal: string, key: string, settled: (outcome: Outcome) => void): KeyVerdict {
    this.#forgetWhatIsDue();
    const name = joined(principal, key);
    const before = this.#settled.get(name);
    if (before !== undefined) {
      settled(before.outcome);
      return "join";
    }
    const running = this.#running.get(name);
    if (running !== undefined) {
      running.waiting.push(settled);
      return "join";
    }
    if (this.#isFull(principal) || key.length > maxKeyLength || this.#isForgotten(principal, key))
      return "unknown";
    this.#running.set(name, { waiting: [] });
    this.#perPrincipal.set(principal, (this.#perPrincipal.get(principal) ?? 0) + 1);
    return "run";
  }

  settle(principal: string, key: string, outcome: Outcome): void {
    const name = joined(principal, key);
    const running = this.#running.get(name);
    if (running === undefined) return;
    this.#running.delete(name);
    if ("error" in outcome && unavailableCodes.has(outcome.error.code)) this.#release(principal);
    else {
      const forgetAt = this.#now() + this.#limits.keyMemoryMs;
      const { maxKeyBytes } = this.#limits;
      const bytes = keptBytes("error" in outcome ? outcome.error : outcome.result, maxKeyBytes);
      this.#bytes += bytes;
      this.#settled.set(name, { principal, key, outcome, bytes, forgetAt });
    }
    for (const settled of running.waiting) settled(outcome);
  }

  #isFull(principal: string): boolean {
    const { maxKeys, maxKeyBytes, maxKeysPerPrincipal } = this.#limits;
    if (this.size >= maxKeys || this.#bytes >= maxKeyBytes) return true;
    return (this.#perPrincipal.get(principal) ?? 0) >= maxKeysPerPrincipal;
  }

  #isForgotten(principal: string, key: string): boolean {
    const numbered = numberedKey(key);
    return (
      numbered !== null && numbered.sequence <= this.#forgotten.highest(joined(principal, numbered.instance))
    );
  }

  #forgetWhatIsDue(): void {
    if (this.#settled.size === 0) return;
    const now = this.#now();
    for (const [name, { principal, key, bytes, forgetAt }] of this.#settled) {
      if (forgetAt > now) return;
      this.#settled.delete(name);
      this.#bytes -= bytes;
      this.#release(principal);
      const numbered = numberedKey(key);
      if (numbered !== null) this.#forgotten.raise(joined(principal, numbered.instance), numbered.sequence);
    }
  }

  #release(principal: string): void {
    const count = this.#perPrincipal.get(principal) as number;
    if (count > 1) this.#perPrincipal.set(principal, count - 1);
    else this.#perPrincipal.delete(principal);
  }
}

/** One string for two, and no other two have the same. */
function joined(principal: string, rest: string): string {
  return `${principal.length}:${principal}${rest}`;
}

/** The parts of a key `INSTANCE:SEQUENCE`; null for any other. */
function numberedKey(key: string): { readonly instance: string; readonly sequence: number } | null {
  const colon = key.lastIndexOf(":");
  const digits = key.slice(colon + 1);
  const sequence = Number(digits);
  if (colon < 0 || !Number.isSafeInteger(sequence) || String(sequence) !== digits) return null;
  return sequence < 0 ? null : { instance: key.slice(0, colon), sequence };
}
