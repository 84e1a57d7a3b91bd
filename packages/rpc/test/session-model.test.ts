import fc from "fast-check";
import { describe, it } from "vitest";
import { settled } from "./joined-sessions.ts";
import { SessionWorld } from "./session-world.ts";

type Step = (world: SessionWorld) => void;

function given<T>(
  weight: number,
  name: string,
  value: fc.Arbitrary<T>,
  act: (value: T, world: SessionWorld) => void,
): fc.WeightedArbitrary<Step> {
  const arbitrary = value.map((one): Step => {
    const step: Step = (world) => act(one, world);
    return Object.assign(step, { [fc.toStringMethod]: () => `${name} ${fc.stringify(one)}` });
  });
  return { weight, arbitrary };
}

const which = fc.nat({ max: 7 });
const side = fc.constantFrom("client" as const, "server" as const);
const begun = fc.tuple(
  fc.constantFrom("ask" as const, "count" as const, "sum" as const),
  fc.nat({ max: 8 }),
  fc.constantFrom(30, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  given(8, "begin", begun, (call, world) => world.begin(...call)),
  given(8, "read", which, (at, world) => {
    const made = world.made.at(-1 - at);
    if (made !== undefined) world.read(made);
  }),
  given(1, "leave", which, (at, { made }) => void made.at(-1 - at)?.reader?.return?.()),
  given(1, "abort", which, (at, { made }) => made.at(-1 - at)?.stop.abort()),
  given(6, "go on", fc.tuple(which, fc.nat({ max: 5 })), ([at, chance], { pending }) =>
    pending.splice(at, 1)[0]?.(chance > 0),
  ),
  given(1, "block", side, (at, { joined }) => joined[at].channel.block()),
  given(1, "unblock", side, (at, { joined }) => joined[at].channel.unblock()),
  given(2, "hold up", side, (at, { joined }) => joined[at].channel.hold()),
  given(2, "let come", side, (at, { joined }) => joined[at].channel.release()),
  given(2, "pass", fc.constantFrom(10, 40), (ms, { joined }) => joined.clock.advance(ms)),
  given(
    1,
    "drain",
    fc.nat({ max: 3 }),
    (chance, { joined }) => chance === 0 && joined.server.session.drain(),
  ),
  given(
    1,
    "end",
    fc.nat({ max: 3 }),
    (chance, { joined }) => chance === 0 && joined.server.session.remoteEnded(),
  ),
  given(1, "crash", fc.nat({ max: 2 }), (chance, world) => chance === 0 && world.crash()),
);

const numRuns = Number(process.env["PARLEY_MODEL_RUNS"] ?? 400);
const seed = process.env["PARLEY_SEED"];

describe("two sessions", () => {
  it("settle each call and end each generator once, whatever happens in whatever order", async () => {
    const run = fc.array(fc.tuple(steps, fc.nat({ max: 4 })), { maxLength: 50, size: "max" });
    await fc.assert(
      fc.asyncProperty(run, async (sequence) => {
        const world = new SessionWorld();
        for (const [step, rests] of sequence) {
          step(world);
          // Some of what is under way gets on: a few microtasks, or all there are.
          for (let turn = 0; turn < rests; turn++) await Promise.resolve();
          if (rests < 3) continue;
          await settled();
          world.check();
        }
        await world.finish();
      }),
      { numRuns, ...(seed !== undefined && { seed: Number(seed) }) },
    );
  }, 1_000_000);
});
