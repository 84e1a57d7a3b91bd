import { deepStrictEqual, ok } from "node:assert/strict";
import { json } from "@parley/core";
import { Choices } from "../choices.ts";
import { decoded, written } from "../message-laws.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A value is read as JSON.parse reads it, or malformed if that refuses it or it is nested too deep; written as JSON.stringify does. */
export function fuzz(data: Uint8Array): void {
  const choices = new Choices(data);
  const maxDepth = choices.of(64, 1, 2, 3);
  const messages = json({ maxDepth });
  const bytes = choices.rest();
  const outcome = decoded(messages, bytes);
  const expected = parsed(bytes);
  if ("error" in outcome) {
    const isRight = expected === undefined || expected.depth > maxDepth;
    return ok(isRight, `a value of depth ${expected?.depth} is refused: ${outcome.error.message}`);
  }
  ok(expected !== undefined, "what JSON.parse refuses is taken");
  ok(expected.depth <= maxDepth, `a value of depth ${expected.depth} is taken`);
  deepStrictEqual(outcome.value, expected.value);
  deepStrictEqual(Buffer.from(written(messages, outcome.value)).toString(), JSON.stringify(expected.value));
}

function parsed(bytes: Uint8Array): { value: unknown; depth: number } | undefined {
  try {
    const text = strict.decode(bytes);
    return { value: JSON.parse(text), depth: depthOf(text) };
  } catch {
    return undefined;
  }
}

/** Of the text: a value that a later one of the same name replaces counts too. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.replace(/"(?:[^"\\]|\\.)*"/g, "").matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
