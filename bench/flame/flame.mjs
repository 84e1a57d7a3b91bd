import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callsCommand, measureLoad, requestsCommand } from "../runner/measures.mjs";
import { writeReport } from "../runner/report.mjs";
import { startServer } from "../runner/server-process.mjs";
import { markdown } from "../runner/table.mjs";
import { workloadOf } from "../runner/workloads.mjs";
import { flameChart } from "./flame-chart.mjs";
import { framesOf, selfTimes } from "./frames.mjs";
import { flameNames, keepFlame } from "./kept.mjs";

const shownSelfTimes = 14;
const defaultSeconds = 5;

/** Which graphs a name stands for. */
const subjects = {
  "echo-pipelined": { peer: "parley:borrowed", variant: "64 connections × 128 in flight", sides: ["server"] },
  rpc: { peer: "parley:json", variant: "256 in flight", sides: ["server", "client"] },
};

/** Draws flame graphs of Parley under the workloads named, default all of them, and keeps them in results/. */
export async function drawFlames(names, { given: { seconds = defaultSeconds } }) {
  for (const name of names.length > 0 ? names : Object.keys(subjects)) {
    if (subjects[name] === undefined)
      throw new Error(`there is no flame graph of ${name}; there are ${Object.keys(subjects).join(", ")}`);
    const profiles = await profile(name, subjects[name], seconds);
    for (const [side, recorded] of Object.entries(profiles)) {
      const root = framesOf(recorded);
      const times = selfTimes(root).slice(0, shownSelfTimes);
      const kept = flameNames.find((each) => each.workload === name && each.side === side);
      keepFlame(kept, { svg: flameChart(kept.title, root), times });
      console.log(`\n${kept.title}\n\n${markdown([["", "share"], ...times.map(shown)])}`);
    }
  }
  await writeReport();
}

const shown = ({ name, share }) => [name, `${(share * 100).toFixed(1)} %`];

async function profile(name, { peer, variant: chosen, sides }, seconds) {
  const { family, variants } = await workloadOf(name);
  const variant = variants.find((each) => each.name === chosen);
  const server = await startServer(family, peer);
  const directory = mkdtempSync(join(tmpdir(), "flame-"));
  const clientFile = join(directory, "client.cpuprofile");
  const run = { peer, variant, seconds, family };
  const withClient = sides.includes("client");
  try {
    let recorded;
    const command = withClient
      ? ["env", `BENCH_PROFILE=${clientFile}`, ...callsCommand(server, run)]
      : await requestsCommand(server, run);
    await measureLoad(server, command, {
      begin: () => server.ask("begin-profile"),
      async end() {
        recorded = await server.ask("end-profile");
      },
    });
    return {
      server: recorded,
      ...(withClient && { client: JSON.parse(readFileSync(clientFile, "utf8")) }),
    };
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
