import { readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Throws for an input for which something does not hold that should of every input. */
export type Fuzz = (data: Uint8Array) => void;

const folder = fileURLToPath(new URL("targets/", import.meta.url));
/** `.ts` where the sources run, `.js` where they are built. */
const extension = extname(import.meta.url);

/** The names of all targets, each that of its module. */
export function targetNames(): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(extension) && !file.endsWith(".d.ts"));
  return files.map((file) => basename(file, extension)).sort();
}

/** Where a target's module is. */
export function targetFile(name: string): string {
  return join(folder, `${name}${extension}`);
}

/** A target's function, from its module. */
export async function loadTarget(name: string): Promise<Fuzz> {
  const { fuzz } = (await import(new URL(`targets/${name}${extension}`, import.meta.url).href)) as {
    readonly fuzz: Fuzz;
  };
  return fuzz;
}

/** Where the committed inputs of a target are. */
export function corpusFolder(name: string): string {
  return fileURLToPath(new URL(`../corpus/${name}`, import.meta.url));
}

/** The committed inputs of a target, by their files. */
export function corpusOf(name: string): { readonly file: string; readonly data: Uint8Array }[] {
  const files = readdirSync(corpusFolder(name)).map((file) => join(corpusFolder(name), file));
  return files.map((file) => ({ file, data: readFileSync(file) }));
}
