import { readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { memoryHeld } from "./memory-held.ts";

const mebibyte = 1024 * 1024;

/** What a process holds on to. */
export interface Resources {
  /** Open descriptors; null where the system does not tell (it has no /proc/self/fd). */
  readonly descriptors: number | null;
  /** What keeps the process alive, by its kind, as `process.getActiveResourcesInfo` has it: `Timeout`, `TCPSocketWrap`… */
  readonly active: Readonly<Record<string, number>>;
  readonly heapBytes: number;
}

/** What counts as left behind. */
export interface LeftBehindOptions {
  /** How many more descriptors there may be. Default 2. */
  readonly descriptors?: number | undefined;
  /** How much more there may be on the heap once garbage is collected, in bytes. Default: that is not looked at. */
  readonly heapBytes?: number | undefined;
  /** Default 10,000. */
  readonly turns?: number | undefined;
}

/** Watches what a test leaves behind: see {@link watchResources}. */
export interface ResourceWatch {
  readonly before: Resources;
  /** Rejections that nobody has handled since. */
  readonly unhandled: readonly unknown[];
  /**
   * What is left that was not there before, in words; empty if nothing is. Waits until what is about to close has done so, for as many turns
   * of the event loop as that takes, up to `turns`.
   */
  leftBehind(options?: LeftBehindOptions): Promise<readonly string[]>;
  /** Ends the watch. */
  stop(): void;
}

/** What there is now. */
export function resources(): Resources {
  const active: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) active[kind] = (active[kind] ?? 0) + 1;
  return { descriptors: countDescriptors(), active, heapBytes: process.memoryUsage().heapUsed };
}

/**
 * Takes note of descriptors, timers and sockets, and of rejections that nobody handles, for a test to see that it left none behind. While it
 * watches, an unhandled rejection does not end the process.
 */
export function watchResources(): ResourceWatch {
  const before = resources();
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  return {
    before,
    unhandled,
    async leftBehind({ descriptors = 2, heapBytes, turns = 10_000 } = {}) {
      let left = difference(before, resources(), descriptors);
      for (let turn = 0; left.length > 0 && turn < turns; turn++) {
        await setImmediate();
        left = difference(before, resources(), descriptors);
      }
      if (heapBytes !== undefined) {
        const more = (await memoryHeld()).heap - before.heapBytes;
        if (more > heapBytes) left.push(`${(more / mebibyte).toFixed(1)} MiB more on the heap`);
      }
      return [...left, ...unhandled.map((reason) => `a rejection that nobody handled: ${String(reason)}`)];
    },
    stop: () => void process.off("unhandledRejection", note),
  };
}

function difference(before: Resources, after: Resources, tolerated: number): string[] {
  const left: string[] = [];
  if (before.descriptors !== null && after.descriptors !== null) {
    const more = after.descriptors - before.descriptors;
    if (more > tolerated) left.push(`${more} more descriptors`);
  }
  for (const [kind, count] of Object.entries(after.active)) {
    // What is only there for this turn, such as the wait for it.
    if (kind === "Immediate") continue;
    const more = count - (before.active[kind] ?? 0);
    if (more > 0) left.push(`${more} more of ${kind}`);
  }
  return left;
}

function countDescriptors(): number | null {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}
