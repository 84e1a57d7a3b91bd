import { chmodSync, lstatSync, type Stats, unlinkSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { connect } from "node:net";
import { isMainThread } from "node:worker_threads";
import { ParleyError } from "@parley/core";

/** What a socket file's mode is unless the address names one: its owner's alone. */
const defaultMode = 0o600;

/** How many bytes of a path unix(7) takes: `sun_path` without its last NUL. */
const maxPathBytes = process.platform === "linux" ? 107 : 103;

/** Why a path cannot be a socket's; undefined if it can. Node itself would cut it short and go on with another file. */
export function unusablePath(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  return bytes > maxPathBytes
    ? `its path has ${bytes} bytes, and the system takes ${maxPathBytes}; choose a shorter one`
    : undefined;
}

/**
 * Runs `bind`, which makes the socket file before it returns, such that nobody else may connect at any moment: the file
 * is born with mode 0600, by umask(2), and only then given `mode`. `bind` answers whether it made the file; if not, what
 * stands there is another's and keeps its mode.
 * @throws ParleyError `listen-failed` in a worker thread, where the umask cannot be set.
 */
export function bindPrivately(path: string, mode: number | undefined, bind: () => boolean): void {
  if (!isMainThread) {
    throw new ParleyError(
      "listen-failed",
      "A worker thread cannot make a socket file that is private from birth; listen in the main thread, or at fd://.",
    );
  }
  const before = process.umask(0o177);
  let made: boolean;
  try {
    made = bind();
  } finally {
    process.umask(before);
  }
  if (made && mode !== undefined && mode !== defaultMode) chmodSync(path, mode);
}

/**
 * Removes the socket file that a program left behind. Answers `stale` if the path is free now, `live` if somebody
 * listens there or it cannot be told, `other` if what is there is no socket; that is never removed.
 */
export async function removeStale(path: string): Promise<"stale" | "live" | "other"> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return "stale";
  if (!found.isSocket()) return "other";
  if (!(await refuses(path))) return "live";
  // Somebody else may have replaced it while we asked: what is removed is only what was asked.
  const now = lstatSync(path, { throwIfNoEntry: false });
  if (now === undefined) return "stale";
  if (!sameFile(found, now)) return "live";
  unlinkSync(path);
  return "stale";
}

function sameFile(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino && one.ctimeMs === other.ctimeMs;
}

/** Whether a connection is refused as only a socket refuses it that nobody holds any more. */
function refuses(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}
