import fc from "fast-check";
import { describe, it } from "vitest";
import { check } from "./model-checks.ts";
import { ModelConnection } from "./model-connection.ts";
import { plans, steps } from "./model-steps.ts";

const numRuns = Number(process.env["PARLEY_MODEL_RUNS"] ?? 1_000);
const seed = process.env["PARLEY_SEED"];

describe("a connection", () => {
  it("keeps to the model, whatever happens in whatever order", async () => {
    // Of its own accord fast-check makes short arrays.
    const run = fc.array(fc.tuple(steps, fc.boolean()), { maxLength: 60, size: "max" });
    await fc.assert(
      fc.asyncProperty(plans, run, async (plan, sequence) => {
        const model = new ModelConnection(plan);
        for (const [step, turns] of sequence) {
          step(model);
          if (!turns) continue;
          await model.turn();
          check(model);
        }
        await model.turn();
        check(model);
        await model.finish();
      }),
      { numRuns, ...(seed !== undefined && { seed: Number(seed) }) },
    );
  }, 1_000_000);
});
