import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import cluster from "node:cluster";
import type { Readable } from "node:stream";
import { checkInteger, ParleyError } from "@parley/core";
import { type Inheritable, inheritable } from "@parley/transport";
import { readyVariable } from "./readiness.ts";

/** Whom a server hands its listeners over to. */
export interface HandOverOptions {
  /** The program. Default the one that runs this process. */
  readonly command?: string | undefined;
  /** Its arguments. Default, for the default program, those of this process. */
  readonly args?: readonly string[] | undefined;
  /** Its environment. Default this process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** How long it may take until it listens. From 1 ms. Default 30,000 ms. */
  readonly readyTimeoutMs?: number | undefined;
  /** How long the drain that follows waits for busy connections. Default the server's. */
  readonly graceMs?: number | undefined;
}

/** Behind stdin, stdout and stderr. */
const readyDescriptor = 3;

/**
 * Starts a new process that inherits `listeners`, and resolves with its id once it listens at each of them. `signal` has it ended
 * before, because the server is closed.
 * @throws ParleyError `bad-option`; `hand-over-failed` or, upon `signal`, `closed`, and then it is gone.
 */
export async function startSuccessor(
  listeners: readonly Inheritable[],
  options: HandOverOptions,
  signal: AbortSignal,
): Promise<number> {
  const { command = process.execPath, env = process.env, readyTimeoutMs = 30_000 } = options;
  checkInteger("readyTimeoutMs", readyTimeoutMs, 1, 0x7fff_ffff);
  const ownArguments = options.command === undefined ? [...process.execArgv, ...process.argv.slice(1)] : [];
  if (signal.aborted) throw closedMeanwhile();
  const inheritance = inheritable(listeners, readyDescriptor + 1);
  const child = begin(command, options.args ?? ownArguments, {
    stdio: ["inherit", "inherit", "inherit", "pipe", ...inheritance.stdio],
    env: { ...env, ...inheritance.env, [readyVariable]: String(readyDescriptor) },
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  // Node makes no streams where no descriptor is left for them, whatever its types say.
  const ready = (child.stdio as ChildProcess["stdio"] | undefined)?.[readyDescriptor] as Readable | undefined;
  try {
    await untilReady(child, ready, readyTimeoutMs, signal);
  } catch (error) {
    // As long as it is there, what it inherited is listened at.
    if (child.pid !== undefined && child.kill("SIGKILL")) await gone;
    throw error;
  } finally {
    ready?.destroy();
  }
  child.unref();
  return child.pid as number;
}

/** @throws ParleyError `hand-over-failed` in a cluster's worker, which has no descriptors of its own. */
export function checkCanHandOver(): void {
  if (!cluster.isWorker) return;
  throw new ParleyError(
    "hand-over-failed",
    "A worker of a cluster cannot hand over, as the descriptors are the primary's; call restart() of the cluster, which replaces the workers.",
  );
}

/** Starts a process; what the system says against it is thrown here, or told as its `error`. */
function begin(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    // Also for what comes after all is settled, such as that it cannot be killed.
    return spawn(command, args, options).on("error", () => {});
  } catch (error) {
    throw notListening(`it could not be started (${(error as Error).message})`, error);
  }
}

function notListening(why: string, cause?: unknown): ParleyError {
  return new ParleyError(
    "hand-over-failed",
    `The successor does not listen: ${why}. This server goes on; see what the successor printed, and try again.`,
    cause === undefined ? {} : { cause },
  );
}

function closedMeanwhile(): ParleyError {
  return new ParleyError("closed", "The server was closed before its successor listened, which was ended.");
}

function untilReady(
  child: ChildProcess,
  ready: Readable | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error: ParleyError): void => {
      settle();
      reject(error);
    };
    const fail = (why: string, cause?: Error): void => end(notListening(why, cause));
    const onError = (error: Error): void => fail(`it could not be started (${error.message})`, error);
    const onExit = (code: number | null, signal: string | null): void =>
      fail(`it ended with ${signal ?? code} before it did`);
    const onReady = (): void => {
      settle();
      resolve();
    };
    const onAbort = (): void => end(closedMeanwhile());
    const timer = setTimeout(() => fail(`it was not ready after ${timeoutMs} ms`), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      child.off("error", onError).off("exit", onExit);
      ready?.off("data", onReady);
      signal.removeEventListener("abort", onAbort);
    };
    child.on("error", onError).on("exit", onExit);
    ready?.on("error", () => {}).on("data", onReady);
    signal.addEventListener("abort", onAbort);
  });
}
