import { ParleyError } from "@parley/core";

/** A listener to be handed over: the URL that it was asked to listen at, and its descriptor. */
export interface Inheritable {
  readonly url: string;
  readonly descriptor: number;
}

/** What a new process has to be started with, so that it goes on listening at what it inherits. */
export interface Inheritance {
  /**
   * JSON: an object from each URL to the number that its descriptor has in the new process, or to an array of them in order
   * where the same URL is listened at several times.
   */
  readonly env: { readonly PARLEY_INHERIT: string };
  /** The descriptors, for `stdio` of node:child_process, beginning at place `firstFd`. */
  readonly stdio: number[];
}

/**
 * How to hand listeners over to a new process: there, `socketListener` and `tlsListener` of the same URLs, as they are written,
 * listen at the inherited descriptors instead of binding, so that no connection is refused meanwhile. `firstFd` is the number that
 * the first has there. A descriptor whose URL nobody asks for stays open, and what comes to it is not accepted.
 */
export function inheritable(listeners: readonly Inheritable[], firstFd: number = 3): Inheritance {
  const numbers = new Map<string, number[]>();
  for (const [index, { url }] of listeners.entries())
    numbers.set(url, [...(numbers.get(url) ?? []), firstFd + index]);
  const entries = [...numbers].map(([url, fds]) => [url, fds.length === 1 ? fds[0] : fds] as const);
  return {
    env: { PARLEY_INHERIT: JSON.stringify(Object.fromEntries(entries)) },
    stdio: listeners.map(({ descriptor }) => descriptor),
  };
}

/** The part of an environment that a hand-over uses. */
export interface HandOverEnvironment {
  PARLEY_INHERIT?: string | undefined;
}

/** What was handed over to this process, each given out once. */
export class HandedOver {
  readonly #environment: HandOverEnvironment;
  #left: Map<string, number[]> | null = null;

  constructor(environment: HandOverEnvironment) {
    this.#environment = environment;
  }

  /** Whether all that was handed over is listened at. */
  get isEmpty(): boolean {
    return this.#left !== null && [...this.#left.values()].every((descriptors) => descriptors.length === 0);
  }

  /**
   * The descriptor that listens at `url`; undefined if there is none, or no more. The first look removes the variable, lest a
   * child take the descriptors for its own.
   * @throws ParleyError `listen-failed` where the variable makes no sense.
   */
  take(url: string): number | undefined {
    if (this.#left === null) {
      this.#left = parse(this.#environment.PARLEY_INHERIT ?? "{}");
      delete this.#environment.PARLEY_INHERIT;
    }
    return this.#left.get(url)?.shift();
  }
}

/** What was handed over to this very process. */
export const handedOver: HandedOver = new HandedOver(process.env);

function parse(text: string): Map<string, number[]> {
  const parsed = new Map<string, number[]>();
  for (const [url, value] of Object.entries(objectIn(text))) {
    const fds: unknown[] = Array.isArray(value) ? value : [value];
    if (!fds.every(isDescriptor)) throw malformed(text);
    parsed.set(url, fds);
  }
  return parsed;
}

function objectIn(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {}
  throw malformed(text);
}

function isDescriptor(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0x7fff_ffff;
}

function malformed(text: string): ParleyError {
  return new ParleyError(
    "listen-failed",
    `PARLEY_INHERIT is ${JSON.stringify(text)}, which maps no URLs to descriptors; unset it, unless a process that hands over sets it.`,
  );
}
