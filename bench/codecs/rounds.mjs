/** A measurement is as many passes over the stream as take about so long, of CPU time: what else the machine does is not ours. */
const secondsPerMeasurement = 0.04;
const warmUps = 2;

/**
 * Lets the contestants decode the same stream in turn, round after round (A B C, A B C). A contestant is `{ name, bytes, run(passes) }`;
 * `run` decodes the stream that often and answers, perhaps later, with `{ frames, check }`: how many it saw and a sum over them.
 * @returns for each contestant what each round has measured.
 */
export async function compareDecoders({ frames, check, contestants: prepare }, rounds) {
  const contestants = prepare();
  const passes = [];
  const seconds = contestants.map(() => []);
  for (const contestant of contestants) passes.push(await warmUp(contestant));
  for (let round = 0; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      seconds[i].push((await measure(contestant, passes[i])) / passes[i]);
    }
  }
  return Object.fromEntries(
    contestants.map(({ name, bytes }, i) => [
      name,
      {
        cpuMicros: seconds[i].map((taken) => (taken / frames) * 1e6),
        gigabytesPerSecond: seconds[i].map((taken) => bytes / taken / 1e9),
      },
    ]),
  );

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
