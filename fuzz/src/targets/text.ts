import { deepStrictEqual, ok } from "node:assert/strict";
import { text } from "@parley/core";
import { decoded, written } from "../message-laws.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const messages = text();

/** Text is read as a strict decoder reads it, or malformed; written it is the same bytes. */
export function fuzz(data: Uint8Array): void {
  const outcome = decoded(messages, data);
  const expected = strictly(data);
  if ("error" in outcome) return ok(expected === undefined, "what is UTF-8 is refused");
  deepStrictEqual(outcome.value, expected);
  deepStrictEqual(written(messages, outcome.value), Uint8Array.from(data));
}

function strictly(data: Uint8Array): string | undefined {
  try {
    return strict.decode(data);
  } catch {
    return undefined;
  }
}
