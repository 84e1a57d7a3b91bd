import assert from "node:assert/strict";
import { ParleyError } from "../src/index.ts";
import type { ModelConnection } from "./model-connection.ts";
import { limits } from "./model-plan.ts";

/** What holds at any moment between two turns. */
export function check(model: ModelConnection): void {
  for (const fault of model.faults) throw fault;
  const { connection, stream } = model;
  const { counters, state } = connection;
  assert.ok(model.expectedOutput.startsWith(stream.written), "what was written is not what was sent");
  assert.equal(counters.bytesIn, stream.arrived.length);
  assert.equal(counters.messagesIn >= model.user.taken, true);
  assert.equal(counters.bytesOut, Buffer.byteLength(stream.written));
  if (stream.state === "ended")
    assert.equal(stream.written, model.expectedOutput, "a FIN stands where something was cut off");
  model.reasons.check();
  if (state === "closed") return checkClosed(model);
  assert.ok(counters.bufferedBytes <= limits.maxBufferedBytes);
  for (const { what, outcome } of model.waits) {
    if (what === "flushed" && outcome === "pending") assert.ok(counters.bufferedBytes > 0);
    if (what === "writable" && outcome === "pending")
      assert.ok(counters.bufferedBytes > limits.lowWatermarkBytes);
  }
  if (!model.isLeaving && state !== "opening" && state !== "waiting") checkProgress(model);
  else if (model.isLeaving) assert.ok(!stream.paused, "it does not read on, and so would see no FIN");
}

function checkClosed(model: ModelConnection): void {
  const { isClosed, state } = model.stream;
  assert.ok(isClosed || state === "destroyed", "the stream was left open");
  for (const { outcome } of model.waits)
    if (typeof outcome === "object")
      assert.ok(outcome.error instanceof ParleyError && outcome.error.code === "closed");
  assert.equal(model.observed.length, 1);
  assert.equal(model.observed[0]?.kind, model.reasons.given?.kind);
  assert.ok(model.connection.signal.aborted);
  for (const { calls } of model.user.told) {
    assert.deepEqual(
      calls.filter((call) => call === "closing" || call === "closed"),
      ["closing", "closed"],
    );
  }
}

/** Nothing that could go on stands still. */
function checkProgress(model: ModelConnection): void {
  const { connection, stream, items } = model;
  const { bufferedBytes } = connection.counters;
  const heldBack = model.user.held.length > 0 || bufferedBytes > limits.lowWatermarkBytes;
  if (!model.handles || heldBack) return;
  const { drainedAt } = model;
  const due = items.filter(
    ({ start, end }) => end <= stream.arrived.length && (drainedAt === null || start < drainedAt),
  );
  const messages = due.filter(({ what }) => "message" in what).length;
  assert.ok(model.user.taken >= messages, `${messages - model.user.taken} messages are not handled`);
  assert.equal(messages, due.length, "what is wrong in the input went unnoticed");
  assert.ok(!stream.paused, "it does not read on");
  if (model.user.work > 0) return;
  const begunAt = items.at(-1)?.end ?? 0;
  const begun = begunAt < stream.arrived.length && (drainedAt === null || begunAt < drainedAt);
  const finished = stream.fin === "arrived";
  const endsItself = model.plan.form === "callbacks" && model.user.told.at(-1)?.hooks.ended !== undefined;
  const natural = connection.state === "remote-ended" && !endsItself;
  assert.ok(
    !(finished && (natural || connection.state === "local-ended")),
    "both ends are through, and it stays",
  );
  if (drainedAt !== null) assert.ok(begun && !finished, `it was drained, and stays ${connection.state}`);
}
