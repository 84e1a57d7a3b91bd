import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { pinned } from "./cores.mjs";

const loads = new URL("../loads/", import.meta.url);
const built = new URL("../.build/", import.meta.url);

/** The program of loads/NAME.c, built with the system's compiler if it is older than its source. */
export function compiledLoad(name) {
  const sources = [`${name}.c`, "load.h"].map((file) => new URL(file, loads).pathname);
  const program = new URL(name, built).pathname;
  mkdirSync(built, { recursive: true });
  const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
  if (!existsSync(program) || statSync(program).mtimeMs < newest)
    execFileSync("cc", ["-O2", "-Wall", "-o", program, sources[0]], { stdio: "inherit" });
  return program;
}

/** Runs a load program. It says a line, and goes on when it is told to. */
export function startLoad(command) {
  const [program, ...args] = pinned("load", command.map(String));
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaints += text;
  });
  const exit = once(child, "exit");
  return {
    async line() {
      const { value, done } = await lines.next();
      if (!done) return value;
      await exit;
      throw new Error(`the load gave up: ${complaints.trim().split("\n").at(-1)}`);
    },
    goOn() {
      child.stdin.write("go\n");
    },
    async stop() {
      child.stdin.end();
      const force = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await exit;
      clearTimeout(force);
    },
  };
}
