import fc from "fast-check";
import type { ModelConnection } from "./model-connection.ts";
import { dialectBehind, wireOf } from "./model-input.ts";
import { largestChunk, type Plan } from "./model-plan.ts";

/** Something that happens to a connection. */
export type Step = (model: ModelConnection) => void;

/** A step that has a name where fast-check prints it. */
function given<T>(
  weight: number,
  name: string,
  value: fc.Arbitrary<T>,
  act: (value: T, model: ModelConnection) => void,
): fc.WeightedArbitrary<Step> {
  const arbitrary = value.map((one): Step => {
    const step: Step = (model) => act(one, model);
    return Object.assign(step, { [fc.toStringMethod]: () => `${name} ${fc.stringify(one)}` });
  });
  return { weight, arbitrary };
}

function always(
  weight: number,
  name: string,
  act: (model: ModelConnection) => void,
): fc.WeightedArbitrary<Step> {
  return given(weight, name, fc.constant(null), (_none, model) => act(model));
}

const inMessages = fc.string({ unit: fc.constantFrom(..."eeeebhhhwsSfcdt".split("")), maxLength: 4 });
const inHooks = fc.string({ unit: fc.constantFrom(..."eebfcdt".split("")), maxLength: 2 });
const perhaps = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 1 });

export const plans: fc.Arbitrary<Plan> = fc.record({
  form: fc.constantFrom("callbacks" as const, "callbacks" as const, "function" as const),
  hooks: fc.record({
    open: fc.oneof(
      { weight: 3, arbitrary: fc.constant("") },
      { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(..."ehwcdt".split("")), maxLength: 2 }) },
    ),
    ended: perhaps(inHooks),
    drain: perhaps(inHooks),
    closing: fc.oneof({ weight: 3, arbitrary: fc.constant("") }, { weight: 1, arbitrary: inHooks }),
    closed: fc.oneof({ weight: 3, arbitrary: fc.constant("") }, { weight: 1, arbitrary: inHooks }),
  }),
  heartbeats: fc.boolean(),
  firstMessageTimeoutMs: fc.constantFrom(Number.POSITIVE_INFINITY, 1_500),
});

const garbage = fc.constantFrom("\xff\n", "x".repeat(17), "17:", "05:", "3:abcd", "a\n", "5:a");

/** All that can happen. */
export const steps: fc.Arbitrary<Step> = fc.oneof(
  // Whose connection it is gets on with it, or does not.
  always(4, "open", (model) => {
    const { state } = model.connection;
    if (state === "opening" || state === "waiting") model.open();
  }),
  always(5, "handle", (model) => {
    const { state } = model.connection;
    if (!model.handles && !model.isLeaving && state !== "opening" && state !== "waiting") model.handle();
  }),
  always(1, "wait", ({ connection }) => {
    if (connection.state === "opening") connection.wait();
  }),
  given(1, "refuse", fc.boolean(), (spoken, model) => {
    const { state } = model.connection;
    if (state === "opening" || state === "waiting") model.refuse(spoken);
  }),
  given(1, "drain", fc.constantFrom("ends" as const, "is awaited" as const), (newcomer, model) => {
    if (model.handles) model.drain(newcomer);
  }),
  always(1, "turn away", (model) => {
    const reason = { by: "local", kind: "forbidden" } as const;
    if (model.connection.state !== "closed") model.reasons.cause(reason);
    model.connection.leave(reason);
  }),

  // The other side speaks; its bytes arrive in pieces, or not at all.
  given(10, "they say", inMessages, (message, model) => {
    model.stream.say(wireOf(model.theySpeak, message));
    model.theySpeak = dialectBehind(model.theySpeak, message);
  }),
  given(1, "they say wrongly", garbage, (said, { stream }) => stream.say(Buffer.from(said, "latin1"))),
  given(14, "arrive", fc.integer({ min: 1, max: largestChunk }), (count, model) => model.arrive(count)),
  always(1, "they end", ({ stream }) => {
    if (stream.fin === "not sent") stream.fin = "sent";
  }),
  always(1, "reset", (model) => model.reset()),

  // The way out.
  given(1, "take writes", fc.boolean(), (takes, { stream }) => void (stream.takes = takes)),
  always(4, "take the write", (model) => model.take()),

  // The user, at any moment.
  given(
    3,
    "send",
    fc.string({ unit: fc.constantFrom(..."xyz".split("")), maxLength: 16 }),
    (message, model) => model.send(message),
  ),
  given(2, "wait until", fc.constantFrom("writable" as const, "flushed" as const), (what, model) =>
    model.wait(what),
  ),
  given(5, "settle", fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 5 })), ([index, chance], model) =>
    model.release(index, chance > 0),
  ),
  always(3, "work done", (model) => model.workDone()),
  given(1, "end it", fc.constantFrom("end" as const, "close" as const, "destroy" as const), (how, model) =>
    model[how](),
  ),

  // Time.
  given(4, "pass", fc.constantFrom(50, 400, 700, 1_300), (ms, model) => model.pass(ms)),
  given(1, "stand still for", fc.constantFrom(400, 3_000), (ms, model) => model.stall(ms)),
);
