// What an idle connection costs a server: memory of the process, Parley's against bare net's. Each round holds COUNT
// connections that say nothing. `node idle-connections.mjs [COUNT] [ROUNDS]`, after `tsc -b`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { median, startServer } from "./harness.mjs";

const [count = 10_000, rounds = 5] = process.argv.slice(2).map(Number);
const contestants = [
  { name: "bare net", file: "idle-net.mjs" },
  { name: "Parley", file: "echo-parley.mjs", args: ["copied"] },
];

async function hold(port, connections) {
  const file = new URL("loads/hold-connections.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [file, port, connections].map(String), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return async () => {
    child.stdin.end();
    await once(child, "exit");
  };
}

async function measure({ file, args = [] }) {
  const server = await startServer(file, ...args);
  try {
    // What is loaded and compiled with the first connections is not theirs.
    await (await hold(server.port, 500))();
    const before = await server.usage("collected");
    const release = await hold(server.port, count);
    const after = await server.usage("collected");
    await release();
    return {
      kibibytes: (after.memoryBytes - before.memoryBytes) / count / 1024,
      microseconds: ((after.cpuSeconds - before.cpuSeconds) / count) * 1e6,
    };
  } finally {
    await server.stop();
  }
}

const results = contestants.map(() => []);
for (let round = 0; round < rounds; round++) {
  for (const [index, contestant] of contestants.entries()) results[index].push(await measure(contestant));
  process.stderr.write(`round ${round + 1} of ${rounds}\n`);
}
console.log(`Node ${process.version}, ${count} idle connections, ${rounds} rounds, medians\n`);
console.log("| server | KiB a connection | ratio (min–max) | server CPU µs to accept one | ratio |");
console.log("|---|---|---|---|---|");
for (const [index, rows] of results.entries()) {
  const ratios = rows.map(({ kibibytes }, round) => kibibytes / results[0][round].kibibytes);
  const cpuRatios = rows.map(({ microseconds }, round) => microseconds / results[0][round].microseconds);
  const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  console.log(
    `| ${contestants[index].name} | ${median(rows.map(({ kibibytes }) => kibibytes)).toFixed(2)} | ${median(ratios).toFixed(2)} (${spread}) | ${median(rows.map(({ microseconds }) => microseconds)).toFixed(1)} | ${median(cpuRatios).toFixed(2)} |`,
  );
}
