import { type LengthPrefixOptions, lengthPrefix, ParleyError } from "@parley/core";
import { Choices } from "../choices.ts";
import { checkFraming } from "../frame-laws.ts";

/** Every layout of a header. */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const options: LengthPrefixOptions = {
    maxFrameBytes: choices.of(64, 1, 200, 1_024, 70_000),
    onTooLong: choices.of("fatal", "skip"),
    width: choices.of<4 | 1 | 2 | 3 | 8 | "varint">(4, 1, 2, 3, 8, "varint"),
    endian: choices.of("big", "little"),
    lengthOffset: choices.below(4),
    countsHeader: choices.of(false, true),
    lengthAdjustment: choices.of(0, -1, 1, -4, 300),
  };
  const strips = choices.below(8);
  const frame = layoutOf(strips === 0 ? options : { ...options, stripBytes: strips - 1 });
  if (frame !== undefined) checkFraming(frame, choices);
}

/** Undefined for one that contradicts itself. */
function layoutOf(options: LengthPrefixOptions): ReturnType<typeof lengthPrefix> | undefined {
  try {
    return lengthPrefix(options);
  } catch (error) {
    if (error instanceof ParleyError && error.code === "bad-option") return undefined;
    throw error;
  }
}
