import { Session } from "node:inspector/promises";

const sampleMicros = 200;

/**
 * Begins to record a CPU profile of this process.
 * @returns what ends it, and resolves with the profile.
 */
export async function recordProfile() {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: sampleMicros });
  await session.post("Profiler.start");
  return async () => (await session.post("Profiler.stop")).profile;
}
