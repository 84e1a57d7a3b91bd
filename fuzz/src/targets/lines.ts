import { lines } from "@parley/core";
import { Choices } from "../choices.ts";
import { checkFraming } from "../frame-laws.ts";

/** Every kind of line. */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const newline = choices.of("any", "lf", "crlf");
  const keepNewline = choices.of(false, true);
  const frame = lines({
    maxFrameBytes: choices.of(16, 1, 2, 1_024),
    onTooLong: choices.of("fatal", "skip"),
    newline,
    keepNewline,
    unterminated: choices.of("deliver", "fault"),
  });
  // A last line has come without its newline; it is sent with one.
  const ended = (line: string): string =>
    line.endsWith("\n") ? line : `${line}${newline === "crlf" ? "\r\n" : "\n"}`;
  checkFraming(frame, choices, keepNewline ? { readAgain: ended } : {});
}
