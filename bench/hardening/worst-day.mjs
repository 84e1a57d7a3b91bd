// `worst-day [NAME…]`: attacks, one after the other, each at a server of its own with its default limits, and what that costs.
import { setTimeout as sleep } from "node:timers/promises";
import { machine } from "../runner/machine.mjs";
import { readResults } from "../runner/results.mjs";
import { withProcesses } from "./processes.mjs";
import { keep } from "./report.mjs";

const mebibyte = 1024 * 1024;
/** What the probe may notice at most. */
const p99LimitMs = 50;
const drippers = 500;
const dripMs = 40_000;

/** What `act` costs the server and the probe: once the server is warm, until memory is collected afterwards. */
async function day(title, options, act) {
  return withProcesses(options, async ({ server, load, probe, addresses }) => {
    const before = await server.ask("collected");
    await probe.ask(["report", true]);
    const begun = performance.now();
    const outcome = await act({ server, load, probe, addresses });
    const seconds = (performance.now() - begun) / 1000;
    const report = await probe.ask("report");
    const worked = await server.ask("usage");
    const after = await server.ask("collected");
    return {
      title,
      seconds,
      mebibytes: [before.memoryBytes, worked.peakBytes, after.memoryBytes].map((bytes) => bytes / mebibyte),
      cpuShare: (worked.cpuSeconds - before.cpuSeconds) / seconds,
      probe: report,
      outcome: `${outcome}; closed: ${counts(worked.closed)}${worked.unhandled > 0 ? `; ${worked.unhandled} rejections unhandled` : ""}`,
    };
  });
}

const counts = (closed) =>
  Object.entries(closed)
    .map(([kind, count]) => `${count} × \`${kind}\``)
    .join(", ");

const dripped = (where, probed, bytes) =>
  day(`${drippers} connections drip one byte a second, ${where}`, { probed }, async ({ load, addresses }) => {
    const { cut } = await load.ask(["drip", { url: addresses[probed], bytes, count: drippers, ms: dripMs }]);
    return `${cut} were cut off`;
  });

const neverRead = (what, name, request, count) =>
  day(
    `${count} connections ask 10⁶ times ${what}, and never read`,
    {},
    async ({ server, load, addresses }) => {
      const url = addresses[name];
      await load.ask(["neverRead", { url, request, requests: 1_000_000, count }]);
      const { receivedBytes } = await server.ask("usage");
      const wanted = count * 1_000_000 * Buffer.byteLength(request);
      return `${(receivedBytes / mebibyte).toFixed(0)} of ${(wanted / mebibyte).toFixed(0)} MiB were read`;
    },
  );

const days = {
  "drip-header": () => dripped("in the header", "headers", `Content-Length: ${"0".repeat(900)}1\r\n`),
  "drip-body": () => dripped("in the body", "frames", "\0\0\x01\0".padEnd(300, "x")),
  "drip-line": () => dripped("in a line", "lines", "never a line feed "),
  "never-read-echo": () => neverRead("for 100 bytes", "lines", `${"x".repeat(99)}\n`, 10),
  "never-read-calls": () =>
    neverRead("for a sum", "calls", '{"jsonrpc":"2.0","method":"add","params":{"a":1,"b":2},"id":1}\n', 10),
  famine: () => day("500 connections where there are descriptors for 256", { descriptors: 256 }, famine),
  resets: () =>
    day(
      "50,000 connections that are reset as soon as they are made",
      {},
      async ({ server, load, addresses }) => {
        const before = await server.ask("usage");
        await load.ask(["reset", { url: addresses.lines, count: 50_000, atOnce: 50 }]);
        // The last of them are still on their way.
        await sleep(2_000);
        const after = await server.ask("usage");
        return `${after.connections - before.connections} connections and ${after.descriptors - before.descriptors} descriptors more than before`;
      },
    ),
};

async function famine({ server, load, probe, addresses }) {
  await probe.ask(["alone", true]);
  const { turnedAway } = await load.ask(["hold", { url: addresses.lines, count: 500, ms: 10_000 }]);
  const { limitsReached, descriptors } = await server.ask("usage");
  await load.ask(["release", 100]);
  const admittedMs = await probe.ask("admitted");
  await probe.ask(["alone", false]);
  return `${turnedAway} were turned away, ${counts(limitsReached)} was told, ${descriptors} descriptors were in use; once 100 had left, a new one was served within ${admittedMs?.toFixed(0)} ms`;
}

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in days));
if (unknown !== undefined)
  throw new Error(`There is no ${unknown}; there are ${Object.keys(days).join(", ")}.`);
const measured = [];
for (const name of names.length > 0 ? names : Object.keys(days)) {
  measured.push(await days[name]());
  console.log(name, measured.at(-1));
}
// Of those that are not measured now, what was measured before stays.
const kept = readResults("worst-day")?.days ?? [];
const measuredNow = (title) => measured.find((each) => each.title === title);
keep("worst-day", {
  date: new Date().toISOString().slice(0, 10),
  command: "npx -y pnpm@12 worst-day",
  machine: machine(),
  days: names.length === 0 ? measured : kept.map((each) => measuredNow(each.title) ?? each),
});

const noticed = measured.filter(({ probe }) => probe.p99Ms >= p99LimitMs || probe.errors.length > 0);
for (const { title, probe } of noticed)
  console.log(
    `BROKEN: ${title}: the probe had a p99 of ${probe.p99Ms.toFixed(1)} ms and ${probe.errors.length} errors`,
  );
process.exitCode = noticed.length === 0 ? 0 : 1;
