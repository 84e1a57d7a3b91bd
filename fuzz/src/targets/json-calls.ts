import { json } from "@parley/core";
import { checkCallCodec } from "../call-codec-laws.ts";
import { Choices } from "../choices.ts";

const lineFeed = 0x0a;
const maxMessages = 8;

/** Calls in JSON, one a line. */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const messages = json({ maxDepth: choices.of(64, 1, 2, 3) });
  const frames: Uint8Array[] = [];
  let rest = choices.rest();
  for (
    let end = rest.indexOf(lineFeed);
    end >= 0 && frames.length < maxMessages;
    end = rest.indexOf(lineFeed)
  ) {
    frames.push(rest.subarray(0, end));
    rest = rest.subarray(end + 1);
  }
  checkCallCodec(messages, [...frames, rest]);
}
