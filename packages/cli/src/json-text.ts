import { visibleSource } from "@parley/core";

/**
 * A value as JSON that may be shown on a terminal, bytes as base64 and big integers in decimal, as strings. One line unless
 * `indent` is given.
 */
export function jsonText(value: unknown, indent?: number): string {
  return visibleSource(JSON.stringify(value ?? null, expressible, indent));
}

function expressible(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  // A Buffer has been made an object by its toJSON by now.
  const original = this[key];
  if (original instanceof Uint8Array) return Buffer.from(original).toString("base64");
  return typeof value === "bigint" ? String(value) : value;
}
