import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { recordProfile } from "../servers/recording.mjs";

/**
 * Keeps `inFlight` calls of `add(a, b)` in flight for `seconds`, after a second or less in which nothing is counted, and checks
 * each result; what `add` returns is a promise of the sum. Then tells the runner how many there were.
 * A CPU profile of what is counted is written to the file that BENCH_PROFILE names, if it does.
 */
export async function makeCalls(add, inFlight, seconds) {
  const input = createInterface({ input: process.stdin });
  await callFor(Math.min(1, seconds));
  await say("warm");
  const profileFile = process.env.BENCH_PROFILE;
  const endProfile = profileFile === undefined ? undefined : await recordProfile();
  const before = process.cpuUsage();
  const start = performance.now();
  const messages = await callFor(seconds);
  const taken = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  if (endProfile !== undefined) writeFileSync(profileFile, JSON.stringify(await endProfile()));
  await say(JSON.stringify({ messages, seconds: taken, cpuSeconds: (user + system) / 1e6 }));
  process.exit();

  async function callFor(someSeconds) {
    const end = performance.now() + someSeconds * 1000;
    let calls = 0;
    const caller = async () => {
      for (let n = 0; performance.now() < end; n++) {
        if ((await add(n, 1)) !== n + 1) throw new Error("a wrong sum");
        calls++;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, caller));
    return calls;
  }

  /** Waits until the runner has read its meters. */
  async function say(line) {
    process.stdout.write(`${line}\n`);
    await Promise.race([once(input, "line"), once(input, "close")]);
  }
}
