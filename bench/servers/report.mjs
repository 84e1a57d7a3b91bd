import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PerformanceObserver } from "node:perf_hooks";
import { answerQuestions } from "./answer-questions.mjs";
import { recordProfile } from "./recording.mjs";
import { collectGarbage, memoryOf, ownUsage } from "./usage.mjs";

const clockTicksPerSecond = 100;

/**
 * What every server under measurement does: tells its port, and what it has used when asked.
 * @param facts `uses`: npm packages whose versions belong into the results; `versions`: those of what is no package; `wire`: a file of
 * wires/, default `length-prefix`; `warmSeconds`: how long it takes to get warm, default 1; `pid`: the process that does the work, where
 * that is not this one.
 */
export function report(port, { uses = [], versions = {}, wire = "length-prefix", warmSeconds, pid } = {}) {
  const collections = countCollections();
  let endProfile;
  const answers = {
    usage: () => (pid === undefined ? { ...ownUsage(), ...collections() } : usageOf(pid)),
    collected() {
      collectGarbage();
      return answers.usage();
    },
    async "begin-profile"() {
      endProfile = await recordProfile();
      return null;
    },
    "end-profile": () => endProfile(),
  };
  answerQuestions(answers);
  process.send({ port, wire, warmSeconds, versions: { ...versionsOf(uses), ...versions } });
}

/** Tells that this peer cannot take part, and why: what is missing, and how to get it. */
export function missing(why) {
  process.send({ missing: why }, () => process.exit());
}

function versionsOf(packages) {
  const { resolve } = createRequire(import.meta.url);
  return Object.fromEntries(
    packages.map((name) => {
      const file = resolve.paths(name).map((path) => `${path}/${name}/package.json`);
      return [name, JSON.parse(firstReadable(file)).version];
    }),
  );
}

function firstReadable([file, ...others]) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (others.length === 0) throw error;
    return firstReadable(others);
  }
}

function usageOf(pid) {
  // The name in the second field may hold blanks: counting begins behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return { ...memoryOf(pid), cpuSeconds: (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond };
}

function countCollections() {
  let collections = 0;
  let collectionMs = 0;
  const take = (entries) => {
    for (const { duration } of entries) {
      collections += 1;
      collectionMs += duration;
    }
  };
  const observer = new PerformanceObserver((list) => take(list.getEntries()));
  observer.observe({ entryTypes: ["gc"] });
  return () => {
    take(observer.takeRecords());
    return { collections, collectionMs };
  };
}
