import { codeBlocks } from "../code-blocks.ts";

const heading = "A service in ten lines";
const ends = ["server.ts", "client.ts"] as const;
const address = /tcp:\/\/(?:127\.0\.0\.1|localhost):\d+/g;

/**
 * The modules of the README's service and its client by their file names: the blocks of TypeScript under "A service in ten lines" that
 * begin with `// NAME.ts`, `server.ts` and `client.ts` among them.
 * @throws Error if one of the two is missing.
 */
export function readmeExample(markdown: string): Map<string, string> {
  const modules = new Map<string, string>();
  for (const { section, file, source } of codeBlocks(markdown, "ts"))
    if (section === heading && file !== null) modules.set(file, source);
  for (const name of ends) {
    if (!modules.has(name))
      throw new Error(`Under "## ${heading}" is no block of TypeScript that begins with "// ${name}".`);
  }
  return modules;
}

/**
 * `code` with `url` in place of the address that it names.
 * @throws Error if it names none: then it would listen at, or call, what the trial knows nothing of.
 */
export function readdressed(code: string, url: string): string {
  if (code.search(address) === -1)
    throw new Error(`The README's code names no tcp://127.0.0.1 address:\n${code}`);
  return code.replaceAll(address, url);
}

/**
 * What `code` says that it prints: the comments behind its calls of console.log, as in `console.log(sum); // 3`. Several values stand in
 * one comment, parted by commas or spaces.
 * @throws Error if it says nothing: then whatever is printed would do.
 */
export function announcedOutput(code: string): string {
  const said = [...code.matchAll(/console\.log\(.*\); *\/\/ (.+)$/gm)].map(([, values]) => values);
  if (said.length === 0)
    throw new Error(`No console.log says behind it what it prints, as in "console.log(sum); // 3":\n${code}`);
  return said.join(" ");
}

/** Whether `output` is what was announced, however the values are parted. */
export function isAnnounced(output: string, announced: string): boolean {
  const words = (text: string): string =>
    text
      .split(/[\s,]+/)
      .filter(Boolean)
      .join(" ");
  return words(output) === words(announced);
}
