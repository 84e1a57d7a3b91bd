/**
 * What a terminal or a reader of logs would obey instead of showing: all controls (C0, DEL, C1), line and paragraph
 * separators, marks that reorder or hide text (bidirectional, zero-width), and halves of surrogate pairs.
 */
const obeyed =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
  /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** `text` as it may stand in a line of a log whoever sent it: ESC becomes `\x1b`, a right-to-left override `\u202e`. */
export function oneLineText(text: string): string {
  return text.replace(obeyed, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
