import { execFile, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";

const here = new URL(".", import.meta.url);
const pinned = availableParallelism() > 1;

/** Runs `file` of servers/ in a process of its own, on the first core if there are two; it sends its port and answers "cpu". */
export async function startServer(file, ...args) {
  const child = fork(new URL(`servers/${file}`, here), args, {
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  if (pinned) pin(child.pid, "0");
  const [port] = await once(child, "message");
  return {
    port,
    /** @param kind "collected" for what is left after a garbage collection. */
    async usage(kind = "usage") {
      child.send(kind);
      const [usage] = await once(child, "message");
      return usage;
    },
    async stop() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

function pin(pid, core) {
  try {
    execFileSync("taskset", ["-a", "-p", "-c", core, String(pid)], { stdio: "ignore" });
  } catch {
    console.error(
      "taskset is missing (Debian: util-linux): server and load share the cores, figures will be noisy.",
    );
  }
}

/** Runs a load program on the other core; resolves with what it printed. */
export async function runLoad(program, args) {
  const [command, ...rest] = pinned ? ["taskset", "-c", "1", program, ...args] : [program, ...args];
  const { stdout } = await promisify(execFile)(command, rest.map(String), { maxBuffer: 1 << 20 });
  return Number(stdout);
}

/** Builds loads/NAME.c with the system's compiler if it is newer than what was built. */
export function compileLoad(name) {
  const source = new URL(`loads/${name}.c`, here).pathname;
  const program = new URL(`.build/${name}`, here).pathname;
  mkdirSync(new URL(".build", here), { recursive: true });
  if (!existsSync(program) || statSync(program).mtimeMs < statSync(source).mtimeMs) {
    execFileSync("cc", ["-O2", "-Wall", "-o", program, source], { stdio: "inherit" });
  }
  return program;
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/**
 * Runs the contestants in turn, round after round (A B C, A B C), each with `measure(contestant)`, which resolves with
 * `{ messages, seconds, cpuSeconds }`; prints medians and the ratios to the first contestant, made round by round.
 */
export async function compare(contestants, { rounds, measure }) {
  const results = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) results.get(contestant.name).push(await measure(contestant));
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  const [{ name: first }] = contestants;
  const base = results.get(first);
  console.log(`Node ${process.version}, ${rounds} rounds, medians; ratios to ${first}\n`);
  console.log("| contestant | messages/s | ratio | server CPU µs/message | CPU ratio (min–max) |");
  console.log("|---|---|---|---|---|");
  for (const [name, rows] of results) {
    const rate = rows.map(({ messages, seconds }) => messages / seconds);
    const cpu = rows.map(({ messages, cpuSeconds }) => (cpuSeconds / messages) * 1e6);
    const baseRate = base.map(({ messages, seconds }) => messages / seconds);
    const baseCpu = base.map(({ messages, cpuSeconds }) => (cpuSeconds / messages) * 1e6);
    const rateRatio = median(rate.map((value, i) => value / baseRate[i]));
    const cpuRatios = cpu.map((value, i) => baseCpu[i] / value);
    const spread = `${Math.min(...cpuRatios).toFixed(2)}–${Math.max(...cpuRatios).toFixed(2)}`;
    console.log(
      `| ${name} | ${Math.round(median(rate)).toLocaleString("en")} | ${rateRatio.toFixed(2)} | ${median(cpu).toFixed(3)} | ${median(cpuRatios).toFixed(2)} (${spread}) |`,
    );
  }
}

/** One run of `load` against a fresh server, after a warm-up. */
export async function measureServer({ file, args = [] }, { load, seconds }) {
  const server = await startServer(file, ...args);
  try {
    await load(server.port, Math.min(1, seconds));
    const before = await server.usage();
    const messages = await load(server.port, seconds);
    const after = await server.usage();
    return { messages, seconds, cpuSeconds: after.cpuSeconds - before.cpuSeconds };
  } finally {
    await server.stop();
  }
}
