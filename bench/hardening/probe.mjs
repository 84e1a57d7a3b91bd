// A good client in a process of its own: `probe.mjs NAME URL`, the server that echoes and its address.
import { connect } from "@parley/client";
import { startProbe } from "@parley/testkit";
import { answerQuestions } from "../servers/answer-questions.mjs";
import { echoed, greeting } from "./service.mjs";

const [name, url] = process.argv.slice(2);
const expected = String(greeting[name]);
const stays = await connect(url, echoed[name]);
const answers = stays[Symbol.asyncIterator]();
let turn = Promise.resolve();

async function ask(connection, iterator) {
  connection.send(greeting[name]);
  const { value } = await iterator.next();
  if (String(value) !== expected) throw new Error(`the probe was answered ${value}`);
}

const request = () => {
  turn = turn.then(() => ask(stays, answers));
  return turn;
};
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
  /** What it has seen since it was last asked. */
  async report() {
    const { errors, ...report } = await probe.stop();
    probe = begin();
    return { ...report, errors: errors.map(String) };
  },
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
