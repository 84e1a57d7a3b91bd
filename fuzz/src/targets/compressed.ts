import { deepStrictEqual, ok } from "node:assert/strict";
import { inflateRawSync } from "node:zlib";
import { byteFrames, compressed } from "@parley/core";
import { Choices } from "../choices.ts";
import { decoded, written } from "../message-laws.ts";

/** A frame is inflated to what zlib makes of it, and no further than the limit; compressed again it comes back. */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const maxInflatedBytes = choices.of(1_024, 1, 70_000, 1 << 20);
  const { message } = compressed(byteFrames(), { maxInflatedBytes, level: choices.of(6, 0, 1, 9) });
  const bytes = choices.rest();
  const outcome = decoded(message, bytes, ["malformed", "frame-too-long"]);
  const expected = inflated(bytes, maxInflatedBytes);
  if ("error" in outcome) {
    if (outcome.error.code === "malformed") ok(typeof expected === "string", "deflated data is refused");
    else ok(expected !== undefined, "what is short enough counts as too long");
    return;
  }
  const value = outcome.value as Uint8Array;
  ok(value.length <= maxInflatedBytes, `${value.length} bytes came of a limit of ${maxInflatedBytes}`);
  if (typeof expected !== "string") deepStrictEqual(Uint8Array.from(value), expected);
  deepStrictEqual(decoded(message, written(message, value)), { value });
}

/** The inflated bytes, or why there are none. */
function inflated(bytes: Uint8Array, maxOutputLength: number): Uint8Array | string {
  try {
    return Uint8Array.from(inflateRawSync(bytes, { maxOutputLength }));
  } catch (error) {
    return (error as { code?: string }).code ?? "unknown";
  }
}
