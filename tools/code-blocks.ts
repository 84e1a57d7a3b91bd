/** A fenced block of code in a Markdown document. */
export interface CodeBlock {
  /** The text of the nearest heading of the second level above it; empty if there is none. */
  readonly section: string;
  /** What its first line calls it, as `// server.ts` does; null if it has no name. */
  readonly file: string | null;
  /** The code, with the line that names it. Ends with a line feed. */
  readonly source: string;
}

const headingOrFence = /^## (?<section>.+)$|^(?<fence>`{3,})(?<language>[a-z]*)$/;
const fileComment = /^\/\/ ([\w-]+\.[a-z]+)(?: |,|$)/;

/** The blocks of `markdown` that are fenced as `language`, in their order. Headings inside of code are none. */
export function codeBlocks(markdown: string, language: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let section = "";
  let open: { fence: string; language: string; lines: string[] } | null = null;
  for (const line of markdown.split("\n")) {
    if (open !== null) {
      if (line !== open.fence) open.lines.push(line);
      else {
        if (open.language === language) {
          const file = fileComment.exec(open.lines[0] ?? "")?.[1] ?? null;
          blocks.push({ section, file, source: open.lines.map((code) => `${code}\n`).join("") });
        }
        open = null;
      }
      continue;
    }
    const groups = headingOrFence.exec(line)?.groups;
    if (groups?.section !== undefined) section = groups.section;
    if (groups?.fence !== undefined)
      open = { fence: groups.fence, language: groups.language ?? "", lines: [] };
  }
  return blocks;
}
