import { readFileSync } from "node:fs";
import { codeBlocks } from "../../tools/code-blocks.ts";

/** One line of a transcript. */
export type Line =
  /** What one side sends, as it stands there. */
  | { readonly by: Side; readonly text: string }
  /** What happens besides. */
  | { readonly happens: string };

export type Side = "client" | "server";

/** A conversation, as a document shows it. */
export interface Transcript {
  /** Where it stands: its section, and which one it is there. */
  readonly name: string;
  readonly lines: readonly Line[];
}

const signs: Readonly<Record<string, Side>> = { ">": "client", "<": "server" };

/** The document that the transcripts are in. */
export const documented: string = readFileSync(new URL("../../docs/wire.md", import.meta.url), "utf8");

/** Those of docs/wire.md. */
export function transcripts(): Transcript[] {
  const counts = new Map<string, number>();
  return codeBlocks(documented, "transcript").map(({ section, source }) => {
    const count = (counts.get(section) ?? 0) + 1;
    counts.set(section, count);
    return { name: `${section} ${count}`.trim(), lines: linesOf(source) };
  });
}

/** Remarks left out. @throws Error for a line that is none. */
export function linesOf(source: string): Line[] {
  return source
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => {
      const [, sign = "", text = "", happens] = /^(?:([<>]) (.+)|\((.+)\))$/.exec(line) ?? [];
      const by = signs[sign];
      if (by !== undefined) return { by, text };
      if (happens !== undefined) return { happens };
      throw new Error(`This is no line of a transcript: ${line}`);
    });
}

/** The bytes that a line of a transcript in bytes stands for: pairs of hexadecimal digits, and text between quotes. */
export function bytesOf(text: string): Uint8Array {
  const parts = text.match(/'[^']*'|\S+/g) ?? [];
  return Buffer.concat(
    parts.map((part) => {
      if (part.startsWith("'")) return Buffer.from(part.slice(1, -1));
      if (/^[0-9a-f]{2}$/.test(part)) return Buffer.from(part, "hex");
      throw new Error(`This is neither a byte nor text in quotes: ${part}`);
    }),
  );
}
