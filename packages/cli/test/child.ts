import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished, type TestContext } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** A program of this test's own: what it prints is kept, and it is killed at the end of the test at the latest. */
export class Child {
  readonly process: ChildProcessWithoutNullStreams;
  stdout = "";
  stderr = "";
  /** Resolves with the exit code, or the signal that ended it, once all output is read. */
  readonly ended: Promise<number | NodeJS.Signals>;
  #looks: (() => void)[] = [];

  constructor(command: string, args: readonly string[]) {
    this.process = spawn(command, args);
    onTestFinished(async () => void (await this.kill()));
    this.ended = once(this.process, "close").then(([code, signal]) => code ?? signal);
    // Writing to one that has gone is no error of the test.
    this.process.stdin.on("error", () => {});
    for (const stream of ["stdout", "stderr"] as const) {
      this.process[stream].setEncoding("utf8").on("data", (text: string) => {
        this[stream] += text;
        for (const look of this.#looks) look();
      });
    }
  }

  /** Resolves once `stream` matches; rejects if the child ends before. */
  until(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = this[stream].match(pattern);
        if (match !== null) resolve(match);
      };
      this.#looks.push(look);
      look();
      void this.ended.then((end) =>
        reject(
          new Error(
            `Ended with ${end} before ${stream} matched ${pattern}; stdout: ${this.stdout}; stderr: ${this.stderr}`,
          ),
        ),
      );
    });
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): Promise<number | NodeJS.Signals> {
    this.process.kill(signal);
    return this.ended;
  }
}

/** The command itself, as it is built before the tests. */
export function parley(...args: string[]): Child {
  return parleyIn([], ...args);
}

/** The same, run by another command that takes it as its last arguments. */
export function parleyIn(wrapper: readonly string[], ...args: string[]): Child {
  const command = [...wrapper, process.execPath, main, ...args];
  return new Child(command[0] as string, command.slice(1));
}

/** `parley serve echo` on a free port, once it listens. */
export async function serveEcho(...args: string[]): Promise<{ server: Child; url: string; port: string }> {
  const server = parley("serve", "echo", "--listen", "tcp://127.0.0.1:0", ...args);
  const [, url, port] = await server.until("stdout", /^listening (tcp:\/\/127\.0\.0\.1:(\d+))\n/);
  return { server, url: url as string, port: port as string };
}

const hasNetcat = /openbsd/i.test(String(spawnSync("nc", ["-h"]).stderr));

/** To be called first in a test that needs it. */
export function needsNetcat({ skip }: TestContext): void {
  if (!hasNetcat) skip("nc is not there; install netcat-openbsd");
}

export function netcat(port: string, ...args: string[]): Child {
  return new Child("nc", ["-N", ...args, "127.0.0.1", port]);
}
