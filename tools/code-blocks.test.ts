import { describe, expect, it } from "vitest";
import { codeBlocks } from "./code-blocks.ts";

const markdown = `# Title

\`\`\`ts
before();
\`\`\`

## First

\`\`\`sh
## no heading
\`\`\`

\`\`\`ts
// server.ts
serve();

## no heading either
\`\`\`

### Deeper

\`\`\`\`md
\`\`\`ts
quoted();
\`\`\`
\`\`\`\`

## Second

\`\`\`ts
// client.ts, the other end
call();
\`\`\`

\`\`\`ts
// server.ts is told apart from this remark by nothing else: it names the file.
more();
\`\`\`

\`\`\`ts
// Just a remark.
\`\`\`
`;

describe("codeBlocks", () => {
  it("finds the blocks of a language with their sections and names", () => {
    expect(codeBlocks(markdown, "ts").map(({ section, file }) => [section, file])).toEqual([
      ["", null],
      ["First", "server.ts"],
      ["Second", "client.ts"],
      ["Second", "server.ts"],
      ["Second", null],
    ]);
  });

  it("keeps the code as it is, with the line that names it", () => {
    expect(codeBlocks(markdown, "ts")[1]?.source).toBe("// server.ts\nserve();\n\n## no heading either\n");
  });

  it("leaves other languages, and what is quoted, out", () => {
    expect(codeBlocks(markdown, "sh").map(({ source }) => source)).toEqual(["## no heading\n"]);
    expect(codeBlocks(markdown, "ts").map(({ source }) => source)).not.toContain("quoted();\n");
  });

  it("leaves a block out that does not end", () => {
    expect(codeBlocks("```ts\nopen();\n", "ts")).toEqual([]);
  });
});
