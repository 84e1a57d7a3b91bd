import { readdirSync, readFileSync } from "node:fs";

/** How many descriptors the process may have, and how many it has. */
export interface Descriptors {
  /** The soft limit, `ulimit -n`; Infinity where there is none or it cannot be told. */
  readonly limit: number;
  readonly open: number;
}

/** Reads both from the system, getrlimit(2). */
export function readDescriptors(): Descriptors {
  return process.platform === "linux" ? fromProc() : { limit: fromReport(), open: 0 };
}

function fromProc(): Descriptors {
  try {
    const [, soft = ""] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
    return {
      limit: soft === "" ? Number.POSITIVE_INFINITY : Number(soft),
      open: readdirSync("/proc/self/fd").length,
    };
  } catch {
    return { limit: Number.POSITIVE_INFINITY, open: 0 };
  }
}

function fromReport(): number {
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft?: number | string } };
  };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : Number.POSITIVE_INFINITY;
}

/** How many descriptors are kept free for what else a process does: a sixteenth of the limit, but 16 to 256 of them. */
export function defaultReserve(limit: number): number {
  return Math.min(256, Math.max(16, Math.floor(limit / 16)));
}
