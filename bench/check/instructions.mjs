import { execFile } from "node:child_process";
import { promisify } from "node:util";

const program = new URL("hot-path.mjs", import.meta.url).pathname;
/** By then everything hot is compiled. */
const warmMessages = 120_000;
const countedMessages = 60_000;

/** All that would make two runs differ: addresses, threads, seeds, and a garbage collector that goes by the clock. */
const fixed = [
  "--single-threaded",
  "--predictable",
  "--predictable-gc-schedule",
  "--hash-seed=7",
  "--random-seed=7",
];

/**
 * Instructions a message of a scenario takes, counted by Valgrind: of a run, less those of a shorter one, so that neither starting
 * nor compiling counts.
 */
export async function instructionsOf(name, { messages }) {
  const warm = Math.ceil(warmMessages / messages);
  const counted = Math.ceil(countedMessages / messages);
  const [shorter, longer] = await Promise.all([count(name, warm), count(name, warm + counted)]);
  return (longer - shorter) / (counted * messages);
}

async function count(name, rounds) {
  const node = [process.execPath, ...fixed, program, name, String(rounds)];
  const valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"];
  const [command, ...args] = ["setarch", "-R", ...valgrind, "--smc-check=all-non-file", ...node];
  const { stderr } = await promisify(execFile)(command, args, { maxBuffer: 1 << 24 });
  const [, number] = /I\s+refs:\s+([\d,]+)/.exec(stderr) ?? [];
  if (number === undefined) throw new Error(`Valgrind has counted nothing:\n${stderr}`);
  return Number(number.replaceAll(",", ""));
}
