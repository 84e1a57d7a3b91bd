import { msgpack } from "@parley/core";
import { checkCallCodec } from "../call-codec-laws.ts";
import { Choices } from "../choices.ts";

/** Calls in MessagePack, cut from one another at up to six places. */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const messages = msgpack({ maxDepth: choices.of(64, 1, 2, 3), integers: choices.of("safe", "bigint") });
  const { bytes, cuts } = choices.pieces();
  const places = [0, ...(cuts.length > 6 ? [] : cuts), bytes.length];
  checkCallCodec(
    messages,
    places.slice(1).map((end, at) => bytes.subarray(places[at], end)),
  );
}
