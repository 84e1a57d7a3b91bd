import { jsonStream } from "@parley/core";
import { Choices } from "../choices.ts";
import { checkFraming } from "../frame-laws.ts";

/** JSON values one behind the other, or the elements of an array. */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const frame = jsonStream({
    maxFrameBytes: choices.of(16, 1, 2, 1_024),
    onTooLong: choices.of("fatal", "skip"),
    maxDepth: choices.of(64, 1, 3),
    elements: choices.of(false, true),
  });
  checkFraming(frame, choices);
}
