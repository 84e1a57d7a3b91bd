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
  const sampling = new Sampling(server, samples);
  const collected = [];
  const collect = async () => collected.push((await server.ask("collected")).memoryBytes / mebibyte);
  const measured = await measureLoad(server, command, {
    async begin() {
      await collect();
      sampling.begin();
    },
    end: () => sampling.end(),
  });
  await collect();
  const fifth = Math.ceil(samples.length / 5);
  const memory = samples.map(({ mebibytes }) => mebibytes);
  return {
    ...measured,
    millions: measured.messages / 1e6,
    firstMebibytes: median(memory.slice(0, fifth)),
    lastMebibytes: median(memory.slice(-fifth)),
    collectedBefore: collected[0],
    collectedAfter: collected[1],
  };
}

/** Asks a server for its memory, every second. */
class Sampling {
  #server;
  #samples;
  #begun = 0;
  #timer;
  #last = Promise.resolve();

  constructor(server, samples) {
    this.#server = server;
    this.#samples = samples;
  }

  begin() {
    this.#begun = performance.now();
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), sampleMs).unref();
  }

  async end() {
    clearInterval(this.#timer);
    this.#sample();
    await this.#last;
  }

  /** One at a time: a server is asked one question and then the next. */
  #sample() {
    this.#last = this.#last.then(async () => {
      const { memoryBytes } = await this.#server.ask("usage");
      const seconds = (performance.now() - this.#begun) / 1000;
      this.#samples.push({ seconds, mebibytes: memoryBytes / mebibyte });
    });
    // Whoever waits for the end is told; a server that is gone before has been noticed elsewhere.
    this.#last.catch(() => clearInterval(this.#timer));
  }
}
