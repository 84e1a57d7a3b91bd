import cluster from "node:cluster";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, linkSync, lstatSync, type Stats, unlinkSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { basename, dirname, join } from "node:path";
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

/** The same for a path to be listened at, which is first bound at another name. */
export function unusableToBind(path: string): string | undefined {
  return unusablePath(path) ?? unusablePath(temporaryName(path));
}

/**
 * Makes the socket file at `path` without a moment in which anything else may stand there: `bind` makes it at the temporary name
 * that it is given, which is then linked to `path`. Node removes the name that it bound when it lets go of the socket, which
 * would take the file from a process that goes on listening; so that name is gone already. Returns what is there now;
 * undefined if `bind` made nothing.
 * @throws ParleyError `listen-failed`, or the system's `EADDRINUSE` where something is at `path` already.
 */
export function bindByLink(
  path: string,
  mode: number | undefined,
  bind: (temporary: string) => boolean,
): Stats | undefined {
  const temporary = temporaryName(path);
  if (!bindPrivately(temporary, mode, () => bind(temporary))) return undefined;
  try {
    linkSync(temporary, path);
    return lstatSync(temporary);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw Object.assign(new Error(message, { cause }), { code: code === "EEXIST" ? "EADDRINUSE" : code });
  } finally {
    unlinkSync(temporary);
  }
}

/** A name beside `path` that nobody else uses, and that is seldom the longer one. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${randomBytes(4).toString("hex")}`);
}

/**
 * Runs `bind`, which makes the socket file before it returns, such that nobody else may connect at any moment: the file
 * is born with mode 0600, by umask(2), and only then given `mode`. `bind` answers, and so does this, whether it made the file;
 * if not, what stands there is another's and keeps its mode.
 * @throws ParleyError `listen-failed` in a worker thread, where the umask cannot be set, and in a cluster's worker, for which the
 * primary binds.
 */
export function bindPrivately(path: string, mode: number | undefined, bind: () => boolean): boolean {
  const elsewhere = notHere();
  if (elsewhere !== undefined) {
    throw new ParleyError(
      "listen-failed",
      `${elsewhere} cannot make a socket file that is private from birth; listen in the main thread of a process of its own, at a tcp:// URL, or at fd://.`,
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
  return made;
}

/** Who we are, if the umask here is not the one that the file is made with. */
function notHere(): string | undefined {
  if (!isMainThread) return "A worker thread";
  return cluster.isWorker ? "A worker of a cluster, for which the primary binds," : undefined;
}

/** What is at `path`, for {@link removeOwn}. */
export function fileAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Removes the file at `path` if it still is `own`: as long as its socket is held, no other file has its number. */
export function removeOwn(path: string, own: Stats): void {
  try {
    const now = lstatSync(path);
    if (now.dev === own.dev && now.ino === own.ino) unlinkSync(path);
  } catch {
    // Gone already, or no longer ours to remove: the address is free for whoever may have it.
  }
}

/** What stands at a path; `denied` is a socket of somebody else, of whom it cannot be told whether they listen. */
export type Standing = "free" | "stale" | "live" | "denied" | "other";

/**
 * Removes the socket file that a program left behind, and answers what was found: `free` if the path is so now. Of several that
 * find the same file, in whatever processes, one removes it, so that none removes what another has just put there: who removes is
 * who listens meanwhile at a name made of the path. Others find it `live`. Should that one be killed, its own file is left behind, and removed
 * likewise.
 * @throws the system's error if the file cannot be removed.
 */
export async function removeStale(path: string): Promise<Exclude<Standing, "stale">> {
  const found = await standing(path);
  if (found !== "stale") return found;
  const name = guardName(path);
  const leave = standGuard(name) ?? ((await removeStale(name)) === "free" ? standGuard(name) : undefined);
  if (leave === undefined) return "live";
  try {
    const now = await standing(path);
    if (now !== "stale") return now;
    unlinkSync(path);
    return "free";
  } finally {
    leave();
  }
}

/** A name beside `path` that is the same for all who look at it, however they write the directory. */
export function guardName(path: string): string {
  return join(dirname(path), `.${createHash("sha256").update(basename(path)).digest("hex").slice(0, 8)}`);
}

/** Listens at `name`, and answers what ends that; undefined if something is there. */
function standGuard(name: string): (() => void) | undefined {
  const guard = createServer((socket) => socket.destroy()).on("error", () => {});
  try {
    const own = bindByLink(name, undefined, (temporary) => guard.listen({ path: temporary }).listening);
    if (own === undefined) return undefined;
    return () => {
      removeOwn(name, own);
      guard.close();
    };
  } catch (error) {
    guard.close();
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
}

async function standing(path: string): Promise<Standing> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return "free";
  return found.isSocket() ? answering(path) : "other";
}

const standings: Readonly<Record<string, Standing>> = {
  ENOENT: "free",
  // As only a socket refuses that nobody holds any more.
  ECONNREFUSED: "stale",
  EACCES: "denied",
  EPERM: "denied",
};

/** Whether somebody takes connections at a socket. */
function answering(path: string): Promise<Standing> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve("live");
    });
    probe.once("error", ({ code = "" }: NodeJS.ErrnoException) => resolve(standings[code] ?? "live"));
  });
}
