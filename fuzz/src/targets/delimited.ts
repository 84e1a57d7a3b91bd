import { delimited } from "@parley/core";
import { Choices } from "../choices.ts";
import { checkFraming } from "../frame-laws.ts";

/** Delimiters that begin alike, overlap themselves, or are single bytes. */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const frame = delimited({
    delimiters: choices.of<[string, ...string[]]>(
      ["\0"],
      ["\r\n.\r\n", "aab", ";"],
      ["aa"],
      ["--", "=="],
      ["abab", "aba;"],
      ["\r\n", "\n\n"],
    ),
    maxFrameBytes: choices.of(16, 1, 2, 1_024),
    onTooLong: choices.of("fatal", "skip"),
  });
  checkFraming(frame, choices);
}
