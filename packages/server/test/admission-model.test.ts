import fc from "fast-check";
import { describe, it } from "vitest";
import { AdmissionWorld, type Interference, type Plan } from "./admission-world.ts";

type Step = (world: AdmissionWorld) => void | Promise<void>;

function given<T>(
  weight: number,
  name: string,
  value: fc.Arbitrary<T>,
  act: (value: T, world: AdmissionWorld) => void | Promise<void>,
): fc.WeightedArbitrary<Step> {
  const arbitrary = value.map((one): Step => {
    const step: Step = (world) => act(one, world);
    return Object.assign(step, { [fc.toStringMethod]: () => `${name} ${fc.stringify(one)}` });
  });
  return { weight, arbitrary };
}

const plans: fc.Arbitrary<Plan> = fc.record({
  concurrency: fc.integer({ min: 1, max: 3 }),
  backlog: fc.integer({ min: 0, max: 3 }),
  maxConnections: fc.constantFrom(4, 100),
  spoken: fc.boolean(),
});

const interferences: fc.Arbitrary<Interference> = fc.record({
  moment: fc.constantFrom("waiting", "serving", "refused", "closed", "open", "drain"),
  deed: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom("close", "destroy", "throw", "linger") },
    { weight: 1, arbitrary: fc.constant("close the server") },
  ),
  other: fc.boolean(),
}) as fc.Arbitrary<Interference>;

const caller = fc.nat({ max: 7 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  given(10, "dial", fc.constant(null), (_none, world) => world.dial()),
  given(4, "interfere", interferences, (interference, { armed }) => void armed.push(interference)),
  given(4, "say", fc.tuple(caller, fc.constantFrom("hold\n", "echo\n", "half a")), ([at, said], world) => {
    const one = world.callers.at(-1 - at);
    if (one !== undefined && !world.silent.has(one)) one.send(said);
  }),
  given(3, "end", caller, (at, { callers, silent }) => {
    const one = callers.at(-1 - at);
    if (one === undefined) return;
    silent.add(one);
    one.stream.end();
  }),
  given(3, "crash", caller, (at, { callers }) => callers.at(-1 - at)?.stream.destroy()),
  given(3, "finish", caller, (at, { pending }) => pending.splice(at, 1)[0]?.()),
  given(
    2,
    "close one",
    fc.tuple(caller, fc.constantFrom("close" as const, "destroy" as const)),
    ([at, how], world) => void world.server.connections()[at]?.[how](),
  ),
  given(3, "pass", fc.constantFrom(100, 600, 1_100), (ms, { clock }) => clock.advance(ms)),
  given(1, "suspend", fc.constant(null), (_none, { server }) => server.suspend()),
  given(2, "resume", fc.constant(null), (_none, { server }) => server.resume().catch(() => {})),
  given(1, "close the server", fc.constantFrom(0, 500), (graceMs, world) => world.close(graceMs)),
);

const numRuns = Number(process.env["PARLEY_MODEL_RUNS"] ?? 120);
const seed = process.env["PARLEY_SEED"];

describe("a server with a small hall", () => {
  it("admits as the model does, whoever comes, goes and crashes in whatever order", async () => {
    const run = fc.array(fc.tuple(steps, fc.boolean()), { maxLength: 40, size: "max" });
    await fc.assert(
      fc.asyncProperty(plans, run, fc.constantFrom(0, 500), async (plan, sequence, graceMs) => {
        const world = new AdmissionWorld(plan);
        await world.listen();
        for (const [step, settles] of sequence) {
          await step(world);
          if (!settles) continue;
          await world.settle();
          world.check();
        }
        await world.settle();
        world.check();
        await world.finish(graceMs);
      }),
      { numRuns, ...(seed !== undefined && { seed: Number(seed) }) },
    );
  }, 1_000_000);
});
