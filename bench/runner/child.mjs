import { spawn } from "node:child_process";
import { once } from "node:events";

const startMs = 60_000;
const stopMs = 3_000;

/** A program that this one runs, and asks one question after the other; it says of itself what there is to say first. */
export class Child {
  complaints = "";
  #name;
  #child;
  #ended;

  constructor(name, [command, ...args]) {
    this.#name = name;
    this.#child = spawn(command, args, { stdio: ["ignore", "inherit", "pipe", "ipc"] });
    this.#child.stderr.setEncoding("utf8").on("data", (text) => {
      this.complaints += text;
    });
    // Nobody may be waiting when it ends.
    this.#ended = once(this.#child, "exit").then(([code, signal]) => code ?? signal);
  }

  /** What it says of itself once it has started. */
  async facts() {
    const late = setTimeout(() => this.#child.kill("SIGKILL"), startMs);
    try {
      const facts = await this.#answer();
      this.#child.stderr.on("data", (text) => process.stderr.write(text));
      return facts;
    } finally {
      clearTimeout(late);
    }
  }

  /** @returns its answer. */
  ask(what) {
    this.#child.send(what);
    return this.#answer();
  }

  /** @returns its exit code, or the signal that ended it. */
  async stop() {
    this.#child.kill("SIGTERM");
    const force = setTimeout(() => this.#child.kill("SIGKILL"), stopMs);
    const code = await this.#ended;
    clearTimeout(force);
    return code;
  }

  async #answer() {
    const enough = new AbortController();
    const message = once(this.#child, "message", { signal: enough.signal });
    message.catch(() => {});
    const first = await Promise.race([message, this.#ended]);
    enough.abort();
    if (!Array.isArray(first)) throw new Error(`${this.#name} ended with ${first}\n${this.complaints}`);
    return first[0];
  }
}
