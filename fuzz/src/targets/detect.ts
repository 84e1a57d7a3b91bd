import { deepStrictEqual, ok } from "node:assert/strict";
import { byteFrames, type Codec, type Connection, type Handler, textLines } from "@parley/core";
import { detect, detectRpc, matchText } from "@parley/server";
import { manualClock } from "@parley/testkit";
import { Choices } from "../choices.ts";

/** What came of a connection's first bytes. */
type Verdict =
  | { readonly kind: "undecided"; readonly seen: number }
  | { readonly kind: "ended" }
  | { readonly kind: "became"; readonly codecId: string }
  | { readonly kind: "turned away"; readonly reason: unknown };

/** However much comes, a connection is not undecided beyond so many bytes. */
const maxUndecided = 8 * 1_024;
const nothing: Handler<unknown> = { message() {} };
const fallback = { codec: textLines(), handler: nothing };
const detections = [
  detectRpc(nothing as Handler<unknown>, { clock: manualClock() }),
  detect({ candidates: [], fallback, clock: manualClock() }),
] as const;
const ofText = detect({
  candidates: [{ match: matchText, codec: byteFrames(), handler: nothing }],
  clock: manualClock(),
});

/**
 * The same first bytes mean the same protocol however they are cut, whose codec is then given all of them; each connection is
 * decided once, and after a bounded number of bytes.
 */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const { handler } = choices.of(...detections);
  const { bytes, cuts } = choices.pieces();
  const whole = verdictOf(handler, bytes, []);
  deepStrictEqual(
    verdictOf(handler, bytes, cuts),
    whole,
    "cut into pieces, the same bytes are another protocol",
  );
  if (whole.kind === "undecided") ok(whole.seen < maxUndecided, `undecided after ${whole.seen} bytes`);
  // What is text so far may not be it later on.
  verdictOf(ofText.handler, bytes, cuts);
}

function verdictOf(handler: Handler<Uint8Array>, bytes: Uint8Array, cuts: readonly number[]): Verdict {
  let verdict: Verdict | undefined;
  let given = 0;
  const decide = (reached: Verdict): void => {
    ok(verdict === undefined, `decided twice: ${JSON.stringify([verdict, reached])}`);
    verdict = reached;
  };
  const connection = {
    switchCodec(codec: Codec<unknown>, _: unknown, all: Uint8Array) {
      deepStrictEqual(Buffer.from(all), Buffer.from(bytes.subarray(0, given)), "bytes are lost or doubled");
      decide({ kind: "became", codecId: codec.id });
    },
    refuse: (reason: unknown) => decide({ kind: "turned away", reason }),
    end: () => decide({ kind: "ended" }),
  } as unknown as Connection<Uint8Array>;
  void handler.open?.(connection);
  const places = [...new Set([0, ...cuts, bytes.length])];
  for (const [at, end] of places.slice(1).entries()) {
    given = end;
    void handler.message(Uint8Array.from(bytes.subarray(places[at], end)), connection);
    if (verdict !== undefined) break;
  }
  if (verdict === undefined && given < maxUndecided) handler.ended?.(connection);
  handler.closed?.(connection, { by: "remote", kind: "ended" } as never);
  return verdict ?? { kind: "undecided", seen: given };
}
