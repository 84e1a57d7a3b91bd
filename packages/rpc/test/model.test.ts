import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyMessage } from "./arbitrary-messages.ts";
import { handMade } from "./hand-made.ts";
import { joinSessions, settled } from "./joined-sessions.ts";
import { ModelSide, maxBatch } from "./model-side.ts";
import { steps, type World } from "./model-steps.ts";

const seed = process.env["PARLEY_SEED"];

/** What each side has sent since is on its way to the other, as a copy. */
function carry({ sides, carried }: World): void {
  for (const at of [0, 1] as const) {
    const { sent } = sides[at].host;
    const news = sent.slice(carried[at]);
    carried[at] = sent.length;
    sides[1 - at]?.arriving.push(...(JSON.parse(JSON.stringify(news)) as unknown[]));
  }
}

describe("two engines", () => {
  it("keep to the model, whatever happens in whatever order", () => {
    // Of its own accord fast-check makes short arrays.
    const run = fc.array(fc.tuple(fc.nat({ max: 1 }), steps), { maxLength: 80, size: "max" });
    fc.assert(
      fc.property(run, (sequence) => {
        const world: World = { sides: [new ModelSide(0), new ModelSide(1_000_000)], carried: [0, 0] };
        const check = (): void => {
          carry(world);
          for (const side of world.sides) side.check();
        };
        for (const [at, step] of sequence) {
          step(world.sides[at] as ModelSide, world);
          check();
        }
        // What is still worked on comes to its end: who is there to be answered has an answer to each request.
        for (const side of world.sides) {
          for (const call of side.host.calls) side.finish(call, true);
          if (side.state === "open" && !side.wireBroke) assert.equal(side.answers.length, side.owedAnswers);
          check();
        }
        for (const side of world.sides) {
          side.close();
          check();
          assert.ok(side.begun.every(({ outcomes }) => outcomes.length === 1));
          assert.deepEqual([side.engine.incoming.working, side.engine.outgoing.pending], [0, 0]);
          assert.equal(side.engine.tick(side.host.time), Number.POSITIVE_INFINITY);
        }
      }),
      {
        numRuns: Number(process.env["PARLEY_MODEL_RUNS"] ?? 300),
        ...(seed !== undefined && { seed: Number(seed) }),
      },
    );
  }, 1_000_000);
});

describe("a session", () => {
  it("throws at no message, and goes on after any", async () => {
    const service = handMade(
      {
        work: { run: (value: unknown) => value },
        stream: { output: { toWire: (value) => value, fromWire: (value) => value }, run: () => [1, 2, 3] },
      },
      { events: ["tick"], notifications: { note: () => {} } },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyMessage(maxBatch), { maxLength: 20 }),
        fc.boolean(),
        async (messages, lenient) => {
          const joined = joinSessions({ service, limits: { lenient, maxBatch } });
          for (const message of messages) joined.server.session.receive(message);
          await settled();
          joined.server.session.receive({ jsonrpc: "2.0", id: "last", method: "work", params: [7] });
          await settled();
          expect(joined.server.channel.sent.at(-1)).toEqual({ jsonrpc: "2.0", id: "last", result: 7 });
          expect(joined.client.session.pending + joined.server.session.pending).toBe(0);
          joined.close();
          await settled();
          expect([
            joined.server.channel.working,
            joined.server.session.working,
            joined.clock.pending,
          ]).toEqual([0, 0, 0]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
