import { contentLength } from "@parley/core";
import { Choices } from "../choices.ts";
import { checkFraming } from "../frame-laws.ts";

/** The headers of the Language Server Protocol. */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const maxFrameBytes = choices.of(64, 1, 1_024);
  checkFraming(contentLength({ maxFrameBytes, onTooLong: choices.of("fatal", "skip") }), choices);
}
