import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";

/** How a program is started. */
export interface ProgramOptions {
  readonly cwd: string;
  /** The whole environment. Default that of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Kills the program. */
  readonly signal: AbortSignal;
}

/** A program that was started; whoever starts it ends it. */
export class Program {
  stdout = "";
  stderr = "";
  /** Resolves with the exit code, or the signal that ended it, once all output is read. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #line: string;

  constructor(command: string, args: readonly string[], options: ProgramOptions) {
    this.#line = [command, ...args].join(" ");
    this.#process = spawn(command, args, { ...options, killSignal: "SIGKILL" });
    this.ended = new Promise((resolve) => {
      this.#process.once("close", (code, signal) => resolve(code ?? signal ?? "SIGKILL"));
    });
    this.#process.on("error", ({ message }) => {
      this.stderr += `${message}\n`;
    });
    // One that has gone cannot be written to, and how it ended says why.
    this.#process.stdin.on("error", () => {});
    for (const stream of ["stdout", "stderr"] as const) {
      this.#process[stream].setEncoding("utf8").on("data", (text: string) => {
        this[stream] += text;
      });
    }
  }

  /** Resolves with what `pattern` finds in `stream` as soon as it does; rejects if the program ends before. */
  async until(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpMatchArray> {
    let ended = false;
    const end = this.ended.then(() => {
      ended = true;
    });
    for (;;) {
      const found = this[stream].match(pattern);
      if (found !== null) return found;
      if (ended) throw new Error(`${this.#line} did not print ${pattern} to ${stream}.\n${this.#told()}`);
      await Promise.race([once(this.#process[stream], "data"), end]);
    }
  }

  /** Ends its input with `input`; resolves with its stdout. Rejects unless it ends with 0. */
  async output(input = ""): Promise<string> {
    this.#process.stdin.end(input);
    const end = await this.ended;
    if (end !== 0) throw new Error(`${this.#line} ended with ${end}.\n${this.#told()}`);
    return this.stdout;
  }

  /** Sends it `signal`, then does as `ended`. */
  stop(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.#process.kill(signal);
    return this.ended;
  }

  #told(): string {
    return [this.stdout, this.stderr].filter((text) => text !== "").join("\n");
  }
}
