import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** A program of a test's own, with Parley as it was built before the tests; what it prints is kept. */
export class Child {
  readonly process: ChildProcess;
  stdout = "";
  stderr = "";
  /** Its exit code, or the signal that ended it, once all its output is read. */
  readonly ended: Promise<number | NodeJS.Signals>;

  constructor(program: string, args: readonly string[]) {
    const command = ["--import", tsx, program, ...args];
    this.process = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of ["stdout", "stderr"] as const) {
      this.process[stream]?.setEncoding("utf8").on("data", (text: string) => {
        this[stream] += text;
      });
    }
    this.ended = once(this.process, "close").then(([code, signal]) => code ?? signal);
  }

  /** Resolves with the URL in the first line that it prints, `listening URL`. */
  async listening(): Promise<string> {
    const [line] = (await once(
      createInterface({ input: this.process.stdout as NodeJS.ReadableStream }),
      "line",
    )) as [string];
    return line.slice("listening ".length);
  }

  /** Sends a signal, and resolves once it has ended. */
  kill(signal: NodeJS.Signals = "SIGKILL"): Promise<number | NodeJS.Signals> {
    this.process.kill(signal);
    return this.ended;
  }
}
