/** Texts up to so many characters may be shown to the other side, or to people. */
const maxShown = 32;
const unprintable = /[^\x20-\x7e\u00a1-\u024f\u0370-\u1fff\u3040-\ud7ff]/;

/** What stands at a place, for people: of something short and harmless itself, else its type and size. */
export function foundValue(value: unknown): string {
  if (typeof value === "string") {
    return isHarmless(value) ? JSON.stringify(value) : `string of ${counted(value.length, "character")}`;
  }
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return foundType(value);
}

/** The type of what stands at a place. */
export function foundType(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (value instanceof Uint8Array) return "bytes";
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : typeof value;
}

/** How large what stands at a place is, in what its schema counts. */
export function foundSize(value: unknown): string {
  if (typeof value === "string") return counted(charactersIn(value), "character");
  if (Array.isArray(value)) return counted(value.length, "item");
  if (typeof value === "object" && value !== null) return counted(Object.keys(value).length, "member");
  return foundValue(value);
}

/** Counted as JSON Schema does: a surrogate pair is one character. */
function charactersIn(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** A count and what is counted. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A pointer of which every step can be shown. */
export function shownPath(pointer: string): string {
  return pointer
    .split("/")
    .map((step) => (isHarmless(step) ? step : `${step.slice(0, maxShown).replaceAll(/[^\x20-\x7e]/g, "?")}…`))
    .join("/");
}

/** A text from elsewhere, cut to `max` characters and without what cannot be printed. */
export function shownText(text: string, max: number): string {
  const harmless = text.slice(0, max).replaceAll(new RegExp(unprintable, "g"), "?");
  return text.length > max ? `${harmless}…` : harmless;
}

function isHarmless(text: string): boolean {
  return text.length <= maxShown && !unprintable.test(text);
}
