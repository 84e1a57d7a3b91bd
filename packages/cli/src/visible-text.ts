/**
 * What a terminal would obey instead of showing: control characters but tab and newline (C0, DEL, C1), and the marks that
 * reorder text (bidirectional embeddings, overrides and isolates).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const obeyed = /\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** `text` as it may be shown on a terminal whoever sent it: ESC becomes `\x1b`, a right-to-left override `\u202e`. */
export function visibleText(text: string): string {
  return text.replace(obeyed, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The same for JSON and TypeScript, in whose strings it means what it meant: a C1 control becomes `\u009b`. */
export function visibleSource(source: string): string {
  return source.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
