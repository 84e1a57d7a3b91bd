import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/**
 * One of the programs beside this file, in a process of its own: takes an `Order` as a line of JSON, and tells of itself in lines of
 * JSON that name themselves with `told`. It is killed at the end of the test at the latest.
 */
export class Program<Order, Told extends { readonly told: string }> {
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #told: Told[] = [];
  #stderr = "";
  #look: () => void = () => {};

  /** @param task what the program finds as JSON in its first argument. */
  constructor(file: string, task: object) {
    const program = fileURLToPath(new URL(file, import.meta.url));
    const args = ["--import", tsx, program, JSON.stringify(task)];
    this.#process = spawn(process.execPath, args);
    onTestFinished(async () => void (await this.kill()));
    this.#process.stdin.on("error", () => {});
    this.#process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    createInterface(this.#process.stdout).on("line", (line) => {
      this.#told.push(JSON.parse(line) as Told);
      this.#look();
    });
    this.ended = once(this.#process, "close").then(
      ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
    );
  }

  /** Takes the first of what was told so and is not taken yet; waits for it; rejects if the program ends before. */
  next<T extends Told["told"]>(told: T): Promise<Extract<Told, { told: T }>> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        const index = this.#told.findIndex((each) => each.told === told);
        if (index >= 0) resolve(this.#told.splice(index, 1)[0] as Extract<Told, { told: T }>);
      };
      this.#look();
      void this.ended.then((end) =>
        reject(new Error(`It ended with ${end} and did not tell ${told}: ${this.#stderr}`)),
      );
    });
  }

  /** Takes all that was told so and is not taken yet. */
  taken<T extends Told["told"]>(told: T): Extract<Told, { told: T }>[] {
    const found = this.#told.filter((each) => each.told === told) as Extract<Told, { told: T }>[];
    for (const each of found) this.#told.splice(this.#told.indexOf(each), 1);
    return found;
  }

  order(order: Order): void {
    this.#process.stdin.write(`${JSON.stringify(order)}\n`);
  }

  kill(): Promise<unknown> {
    this.#process.kill("SIGKILL");
    return this.ended;
  }
}
