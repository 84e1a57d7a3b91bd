import { measureLoad, requestsCommand } from "../runner/measures.mjs";
import { runRounds } from "../runner/rounds.mjs";
import { median } from "../runner/statistics.mjs";

const messages = 100_000_000;
const mebibyte = 1024 * 1024;
const sampleMs = 1000;

export default {
  name: "endurance",
  title: "Memory over 10⁸ messages",
  about:
    "Pipelined echo of 10⁸ messages, or of as many as fit into the time: the memory of the server's process, a sample a second. First and last are medians of a fifth of the time; collected is what is left after garbage collections, before and after.",
  family: "echo",
  peers: ["batched-net", "parley:borrowed", "parley:copied", "parley:text", "parley:async"],
  variants: [{ name: "64 connections × 128 in flight", connections: 64, inFlight: 128, payloadBytes: 64 }],
  defaults: { rounds: 1, seconds: 600 },
  figures: [
    "millions",
    "firstMebibytes",
    "lastMebibytes",
    "peakMebibytes",
    "collectedBefore",
    "collectedAfter",
    "collections",
  ],
  plot: { kind: "over-time" },
  async run(workload, variant, options) {
    const samples = {};
    const measure = async (server, { peer }) => {
      samples[peer] = [];
      return endure(server, variant, options.seconds, samples[peer]);
    };
    return { ...(await runRounds({ ...workload, measure }, variant, options)), samples };
  },
};

async function endure(server, variant, seconds, samples) {
  const command = await requestsCommand(server, { variant, seconds }, messages);
  let collectedBefore;
  let start;
  const measured = await measureLoad(server, command, async () => {
    collectedBefore = (await server.ask("collected")).memoryBytes;
    start = Date.now();
    return sampling(server, samples);
  });
  const took = (Date.now() - start) / 1000;
  const collectedAfter = (await server.ask("collected")).memoryBytes;
  const fifth = Math.ceil(samples.length / 5);
  const memory = samples.map(({ mebibytes }) => mebibytes);
  return {
    ...measured,
    millions: (measured.rate * took) / 1e6,
    firstMebibytes: median(memory.slice(0, fifth)),
    lastMebibytes: median(memory.slice(-fifth)),
    collectedBefore: collectedBefore / mebibyte,
    collectedAfter: collectedAfter / mebibyte,
  };
}

/** Takes a sample every second, until the function it returns is called. */
function sampling(server, samples) {
  const start = Date.now();
  let last = sample();
  const timer = setInterval(() => {
    last = last.then(sample);
  }, sampleMs);
  return async () => {
    clearInterval(timer);
    await last.then(sample);
  };

  async function sample() {
    const { memoryBytes } = await server.ask("usage");
    samples.push({ seconds: (Date.now() - start) / 1000, mebibytes: memoryBytes / mebibyte });
  }
}
