import { median } from "../harness.mjs";

/** A measurement is as many passes over the stream as take about so long, of CPU time: what else the machine does is not ours. */
const secondsPerMeasurement = 0.04;
const warmUps = 2;

/**
 * Lets the contestants decode the same stream in turn, round after round (A B C, A B C), and prints medians, and how many times
 * as fast as each the first one was, made round by round. A contestant is `{ name, bytes, run(passes) }`; `run` decodes the stream that
 * often and answers, perhaps later, with `{ frames, check }`: how many it saw and a sum over them.
 */
export async function compareDecoders({ name, frames, check, contestants: prepare }, rounds) {
  const contestants = prepare();
  const passes = [];
  const seconds = contestants.map(() => []);
  for (const contestant of contestants) passes.push(await warmUp(contestant));
  for (let round = 0; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      seconds[i].push((await measure(contestant, passes[i])) / passes[i]);
    }
  }
  print(name, contestants, seconds, frames, rounds);

  async function warmUp(contestant) {
    await measure(contestant, 1);
    let count = 1;
    for (let i = 0; i < warmUps; i++) {
      const perPass = Math.max(1e-6, (await measure(contestant, count)) / count);
      count = Math.max(1, Math.round(secondsPerMeasurement / perPass));
    }
    return count;
  }

  async function measure({ name: contestant, run }, count) {
    const before = process.cpuUsage();
    const seen = await run(count);
    const { user, system } = process.cpuUsage(before);
    const taken = (user + system) / 1e6;
    if (seen.frames === frames * count && seen.check === check * count) return taken;
    throw new Error(
      `${contestant} saw ${seen.frames} frames (${seen.check}) where ${frames * count} (${check * count}) were sent`,
    );
  }
}

function print(name, contestants, seconds, frames, rounds) {
  const [first] = contestants;
  console.log(`\n### ${name}\n`);
  console.log(`Node ${process.version}, ${rounds} rounds, medians, per second of CPU\n`);
  console.log(`| contestant | frames/s | GB/s | ${first.name} is faster by (min–max) |`);
  console.log("|---|---|---|---|");
  for (const [i, contestant] of contestants.entries()) {
    const taken = median(seconds[i]);
    const ratios = seconds[i].map((value, round) => value / seconds[0][round]);
    const cells = [
      contestant.name,
      Math.round(frames / taken).toLocaleString("en"),
      (contestant.bytes / taken / 1e9).toFixed(2),
      i === 0
        ? ""
        : `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`,
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
