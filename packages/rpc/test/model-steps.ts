import assert from "node:assert/strict";
import fc from "fast-check";
import { anyMessage, forgedMessage } from "./arbitrary-messages.ts";
import { type ModelSide, maxBatch } from "./model-side.ts";
import type { ScriptedCall, ScriptedOutgoing } from "./scripted-host.ts";

/** Both sides, and how much of what each has sent is on its way or there. */
export interface World {
  readonly sides: readonly [ModelSide, ModelSide];
  readonly carried: [number, number];
}

/** Something that happens, at one of the sides. */
export type Step = (side: ModelSide, world: World) => void;

type Weighted = fc.WeightedArbitrary<Step>;

/** A step that has a name where fast-check prints it. */
function given<T>(
  weight: number,
  name: string,
  value: fc.Arbitrary<T>,
  act: (value: T, side: ModelSide, world: World) => void,
): Weighted {
  const arbitrary = value.map((one): Step => {
    const step: Step = (side, world) => act(one, side, world);
    return Object.assign(step, { [fc.toStringMethod]: () => `${name} ${fc.stringify(one)}` });
  });
  return { weight, arbitrary };
}

function always(weight: number, name: string, act: (side: ModelSide) => void): Weighted {
  return given(weight, name, fc.constant(null), (_none, side) => act(side));
}

/** With one of the side's own calls, if there is one. */
function ofCall(
  weight: number,
  name: string,
  act: (call: ScriptedOutgoing, index: number, side: ModelSide) => void,
): Weighted {
  return given(weight, name, fc.nat({ max: 7 }), (index, side) => {
    const call = side.begun[index % side.begun.length];
    if (call !== undefined) act(call, index, side);
  });
}

/** With one of the calls that the side serves, or has served. */
function ofServed(
  weight: number,
  name: string,
  act: (call: ScriptedCall, index: number, side: ModelSide) => void,
): Weighted {
  return given(weight, name, fc.nat({ max: 7 }), (index, side) => {
    const call = side.host.calls.at(-1 - (index % side.host.calls.length));
    if (call !== undefined) act(call, index, side);
  });
}

const timeout = fc.constantFrom(5, 30, Number.POSITIVE_INFINITY);
const credit = fc.constantFrom(null, 0, 2);
const unsettled = ["waiting", "sent", "running", "cancelled"];

/** All that can happen. */
export const steps: fc.Arbitrary<Step> = fc.oneof(
  given(6, "begin", fc.tuple(timeout, credit), ([timeoutMs, asked], side) => side.begin(timeoutMs, asked)),
  ofCall(2, "cancel", (call, _index, { engine }) => engine.outgoing.cancel(call, "given up")),
  ofServed(4, "finish", (call, index, side) => side.finish(call, index % 2 === 0)),

  // Streams, as far as their ends keep to the credit.
  ofServed(4, "output", (call, index, side) => {
    const { engine, host } = side;
    if (call.credit === null || call.credit === 0) return;
    const before = host.sent.length;
    const isOver = call.state === "answered" || call.state === "done";
    try {
      engine.incoming.output(call, index);
    } catch (error) {
      assert.ok(side.wireBroke, String(error));
    }
    assert.ok(!isOver || host.sent.length === before, "output was sent behind the answer");
  }),
  ofCall(2, "give credit", (call, items, { engine, asked }) => {
    if (call.state !== "sent" || call.credit === null) return;
    asked.set(call, (asked.get(call) as number) + items);
    engine.outgoing.giveCredit(call, items);
  }),
  ofServed(2, "ask for input", (call, items, { engine, invited }) => {
    invited.set(call, (invited.get(call) ?? 0) + items);
    engine.incoming.giveInputCredit(call, items);
  }),
  ofCall(2, "send input", (call, index, side) => {
    if (call.inputCredit === 0) return side.engine.outgoing.endInput(call);
    try {
      side.engine.outgoing.sendInput(call, index);
    } catch (error) {
      assert.ok(side.wireBroke, String(error));
    }
  }),

  // The wire: messages arrive, in a batch, not at all, in another order, twice.
  given(10, "deliver", fc.nat({ max: 5 }), (count, side) => {
    for (const message of side.arriving.splice(0, count)) side.receive(message);
  }),
  given(2, "deliver as a batch", fc.nat({ max: maxBatch + 1 }), (count, side) =>
    side.receive(side.arriving.splice(0, count)),
  ),
  always(1, "lose", ({ arriving }) => void arriving.shift()),
  always(1, "turn round", ({ arriving }) => void arriving.reverse()),
  always(2, "send twice", ({ arriving }) => void arriving.push(...arriving.slice(0, 1))),
  given(3, "deliver anything", anyMessage(maxBatch), (message, side) => side.receive(message)),
  given(6, "deliver what is forged", forgedMessage(), (message, side) => side.receive(message)),
  given(1, "break the wire", fc.nat({ max: 3 }), (chance, side) => chance === 0 && side.breakWire()),
  always(3, "mend the wire", (side) => side.mendWire()),
  always(1, "pause", ({ engine }) => engine.outgoing.pause()),
  always(2, "resume", ({ engine }) => engine.outgoing.resume()),

  // Time passes for both.
  given(3, "pass time", fc.nat({ max: 25 }), (ms, _side, { sides }) => {
    for (const { host, engine, begun } of sides) {
      host.time += ms;
      assert.ok(engine.tick(host.time) > host.time, "it is to be looked at again at once");
      for (const { deadline, state } of [...begun, ...host.calls])
        assert.ok(
          (deadline ?? Number.POSITIVE_INFINITY) > host.time || !unsettled.includes(state),
          "a deadline has passed unnoticed",
        );
    }
  }),
  always(1, "hear", ({ host }) => void (host.heard += 1)),

  // The end, now and then.
  given(1, "drain", fc.boolean(), (really, { engine }) => really && engine.drain()),
  given(1, "close", fc.nat({ max: 3 }), (chance, side) => chance === 0 && side.close()),
);
