import { type ChildProcess, spawn } from "node:child_process";
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
 * Starts a new process that inherits `listeners`, and resolves with its id once it listens at each of them.
 * @throws ParleyError `bad-option`; `hand-over-failed`, and then it was ended.
 */
export async function startSuccessor(
  listeners: readonly Inheritable[],
  options: HandOverOptions,
): Promise<number> {
  const { command = process.execPath, env = process.env, readyTimeoutMs = 30_000 } = options;
  checkInteger("readyTimeoutMs", readyTimeoutMs, 1, 0x7fff_ffff);
  const ownArguments = options.command === undefined ? [...process.execArgv, ...process.argv.slice(1)] : [];
  const inheritance = inheritable(listeners, readyDescriptor + 1);
  const child = spawn(command, options.args ?? ownArguments, {
    stdio: ["inherit", "inherit", "inherit", "pipe", ...inheritance.stdio],
    env: { ...env, ...inheritance.env, [readyVariable]: String(readyDescriptor) },
  });
  const ready = child.stdio[readyDescriptor] as Readable;
  try {
    await untilReady(child, ready, readyTimeoutMs);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    ready.destroy();
  }
  child.unref();
  return child.pid as number;
}

function untilReady(child: ChildProcess, ready: Readable, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: Error): void => {
      settle();
      reject(
        new ParleyError(
          "hand-over-failed",
          `The successor does not listen: ${why}. This server goes on; see what the successor printed, and try again.`,
          cause === undefined ? {} : { cause },
        ),
      );
    };
    const onError = (error: Error): void => fail(`it could not be started (${error.message})`, error);
    const onExit = (code: number | null, signal: string | null): void =>
      fail(`it ended with ${signal ?? code} before it did`);
    const onReady = (): void => {
      settle();
      resolve();
    };
    const timer = setTimeout(() => fail(`it was not ready after ${timeoutMs} ms`), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      child.off("error", onError).off("exit", onExit);
      ready.off("data", onReady);
    };
    child.on("error", onError).on("exit", onExit);
    ready.on("error", () => {}).on("data", onReady);
  });
}
