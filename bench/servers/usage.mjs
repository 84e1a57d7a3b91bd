import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What the process of this id holds, and the most that it has held, as the system sees it. */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)[1]) * 1024;
  return { memoryBytes: bytes("VmRSS"), peakBytes: bytes("VmHWM") };
}

/** What this process holds and has worked so far. */
export function ownUsage() {
  const { user, system } = process.cpuUsage();
  return { ...memoryOf("self"), cpuSeconds: (user + system) / 1e6 };
}

export function collectGarbage() {
  setFlagsFromString("--expose_gc");
  const collect = runInNewContext("gc");
  // What the first finds unreachable may only be freed by the next.
  for (let times = 0; times < 4; times++) collect();
}
