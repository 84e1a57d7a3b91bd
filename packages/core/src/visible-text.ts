/**
 * What a terminal or a reader of logs would obey instead of showing: control characters but tab and newline (C0, DEL, C1), line and
 * paragraph separators, and the marks that reorder text (bidirectional embeddings, overrides and isolates).
 */
const obeyed =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
  /\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The same and, for one line, tabs and newlines, what is not seen at all (zero-width), and halves of surrogate pairs. */
const obeyedInLine =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
  /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** `text` as it may be shown on a terminal whoever sent it: ESC becomes `\x1b`, a right-to-left override `\u202e`. */
export function visibleText(text: string): string {
  return text.replace(obeyed, named);
}

/** `text` as it may stand within one line of a log whoever sent it: as {@link visibleText}, and a newline becomes `\x0a`. */
export function visibleLine(text: string): string {
  return text.replace(obeyedInLine, named);
}

/** As {@link visibleText}, for JSON and TypeScript, in whose strings it means what it meant: a C1 control becomes `\u009b`. */
export function visibleSource(source: string): string {
  return source.replace(obeyed, (character) => `\\u${hex(character, 4)}`);
}

function named(character: string): string {
  return character.charCodeAt(0) < 0x100 ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, "0");
}
