import { fixedLength, raw } from "@parley/core";
import { Choices } from "../choices.ts";
import { checkFraming } from "../frame-laws.ts";

/** Frames of one length, and frames that are chunks. */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const length = choices.of(7, 1, 2, 300);
  if (choices.below(2) === 0) checkFraming(fixedLength(length), choices);
  else checkFraming(raw({ maxFrameBytes: length }), choices, { keepsNoBoundaries: true });
}
