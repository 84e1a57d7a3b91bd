// A good client in a process of its own: `probe.mjs NAME URL`, the server that echoes and its address.
import { connect } from "@parley/client";
import { startProbe } from "@parley/testkit";
import { answerQuestions } from "../servers/answer-questions.mjs";
import { echoed, greeting } from "./service.mjs";

const [name, url] = process.argv.slice(2);
const expected = String(greeting[name]);
const stays = await connect(url, echoed[name]);
const answers = stays[Symbol.asyncIterator]();

async function ask(connection, iterator) {
  connection.send(greeting[name]);
  const { value } = await iterator.next();
  if (String(value) !== expected) throw new Error(`the probe was answered ${value}`);
}

/** How long requests have taken since the last report, and before. */
let tookMs = [];
const allTookMs = [];
async function request() {
  const begun = performance.now();
  await ask(stays, answers);
  tookMs.push(performance.now() - begun);
}
/** A connection of its own, and how long that took. */
async function newcomer() {
  const begun = performance.now();
  const connection = await connect(url, echoed[name]);
  await ask(connection, connection[Symbol.asyncIterator]());
  await connection.close();
  return performance.now() - begun;
}

let isAlone = false;
const begin = () => startProbe({ request, connect: () => (isAlone ? Promise.resolve() : newcomer()) });
let probe = begin();

answerQuestions({
  /** What it has seen since it was last asked; it does not count in the end if `discarded`. */
  async report(discarded = false) {
    const { errors, ...report } = await probe.stop();
    if (!discarded) allTookMs.push(...tookMs);
    tookMs = [];
    probe = begin();
    return { ...report, errors: errors.map(String) };
  },
  /** What 99 in a hundred of all requests have taken at most, in milliseconds. */
  p99: () => allTookMs.toSorted((a, b) => a - b)[Math.floor(allTookMs.length * 0.99)],
  /** Whether it makes no new connections for now, because none can be had. */
  alone(is) {
    isAlone = is;
    return null;
  },
  /** How long it takes until a new connection is served, in milliseconds, with attempts every 10 ms; null if that never happens. */
  async admitted() {
    const begun = performance.now();
    while (performance.now() - begun < 10_000) {
      const served = await newcomer().then(
        () => true,
        () => false,
      );
      if (served) return performance.now() - begun;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return null;
  },
});
process.send({});
