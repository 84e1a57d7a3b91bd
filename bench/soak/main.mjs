// `soak --minutes N`: 500 clients that come and go, through proxies that do what networks do, at a server with every handler. Keeps what it
// saw in results/soak.json and soak.svg, and says what to make of it.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { connect } from "@parley/client";
import { textLines } from "@parley/core";
import { createFaultProxy, seededRandom, startProbe } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { machine } from "../runner/machine.mjs";
import { svg } from "../runner/plots/svg.mjs";
import { soakChart } from "./chart.mjs";
import { keepClients } from "./clients.mjs";
import { verdict } from "./verdict.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    clients: { type: "string", default: "500" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
  },
});
const minutes = Number(values.minutes);
const clients = Number(values.clients);
const seed = Number(values.seed);
if (!(minutes > 0 && clients > 0 && Number.isInteger(seed)))
  throw new Error("Give --minutes and --clients above 0, and a whole number as --seed.");
const sampleMs = 5_000;

const server = fork(new URL("server.mjs", import.meta.url), {
  stdio: ["ignore", "inherit", "inherit", "ipc"],
});
const ended = once(server, "exit");
const [addresses] = await once(server, "message");
const faults = {
  maxPieceBytes: 8_192,
  maxDelayMs: 20,
  stall: 0.002,
  stallMs: 3_000,
  reset: 0.0005,
  drop: 0.0002,
  halfClose: 0.0002,
};
const proxies = await Promise.all(
  Object.values(addresses).map((url, index) =>
    createFaultProxy(socketDial(url), { seed: seed + index, up: faults, down: faults }),
  ),
);
const proxied = Object.fromEntries(
  Object.keys(addresses).map((name, index) => [name, proxies[index].address]),
);
console.log(`soak: ${clients} clients for ${minutes} minutes, seed ${seed}`);

const samples = [];
const begun = performance.now();
let probe = await newProbe();
const sampling = setInterval(() => void sample().catch(fail), sampleMs);
const lived = await keepClients(clients, proxied, addresses, minutes * 60, seededRandom(seed));
clearInterval(sampling);
await sample();
await probe.end();
await Promise.all(proxies.map((proxy) => proxy.close()));
server.send("close");
const [code] = await ended;

const results = {
  date: new Date().toISOString().slice(0, 10),
  command: `npx -y pnpm@12 soak --minutes ${minutes} --clients ${clients} --seed ${seed}`,
  machine: machine(),
  lived,
  faults: proxies
    .map(({ counts }) => counts)
    .reduce((sum, counts) =>
      Object.fromEntries(Object.entries(sum).map(([name, n]) => [name, n + counts[name]])),
    ),
  exitCode: code,
  samples,
};
const judged = verdict(results);
const directory = new URL("../results/", import.meta.url);
mkdirSync(directory, { recursive: true });
writeFileSync(
  new URL("soak.json", directory),
  `${JSON.stringify({ ...results, verdict: judged }, null, 2)}\n`,
);
writeFileSync(new URL("soak.svg", directory), svg(soakChart(results)));
for (const { what, measured, holds } of judged)
  console.log(`${holds ? "holds" : "BROKEN"}: ${what}: ${measured}`);
process.exitCode = judged.every(({ holds }) => holds) ? 0 : 1;

/** What the server holds on to, and how the probe fared since the sample before. */
async function sample() {
  const seen = probe;
  probe = await newProbe();
  const { errors, ...report } = await seen.end();
  server.send("usage");
  const [usage] = await once(server, "message");
  samples.push({
    seconds: (performance.now() - begun) / 1000,
    ...usage,
    ...report,
    errors: errors.map(String),
  });
}

async function newProbe() {
  const stays = await connect(addresses.echo, textLines());
  const answers = stays[Symbol.asyncIterator]();
  let turn = Promise.resolve();
  const ask = (connection, iterator) => {
    connection.send("probe");
    return iterator.next().then(({ value }) => {
      if (value !== "probe") throw new Error(`the probe was answered ${value}`);
    });
  };
  const running = startProbe({
    request: () => (turn = turn.then(() => ask(stays, answers))),
    async connect() {
      const connection = await connect(addresses.echo, textLines());
      await ask(connection, connection[Symbol.asyncIterator]());
      await connection.close();
    },
  });
  return {
    async end() {
      const report = await running.stop();
      await stays.close();
      return report;
    },
  };
}

function fail(error) {
  console.error(error);
  server.kill();
  process.exit(1);
}
