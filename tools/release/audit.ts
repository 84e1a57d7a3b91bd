import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { filesIn } from "./file-list.ts";
import { outputsOf, staleOutputs } from "./output.ts";
import { undeclaredImports } from "./undeclared-imports.ts";

interface Manifest {
  readonly exports?: unknown;
  readonly bin?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const fields = ["description", "keywords", "license", "engines", "publishConfig"] as const;
const besides = ["package.json", "README.md", "LICENSE"] as const;

/**
 * What is wrong with the package whose unpacked tarball is in `directory`, a sentence each; nothing if it may be published. It
 * consists of compiled modules with types, maps and the sources they point to, a licence and a README; says nothing of the
 * workspace it comes from; names only files it has; and imports only what it declares.
 */
export async function auditPackage(directory: string): Promise<string[]> {
  const files = (await filesIn(directory)).filter((file) => !file.startsWith("node_modules/")).sort();
  const text = await readFile(join(directory, "package.json"), "utf8");
  const manifest = JSON.parse(text) as Manifest;
  const here = new Set(files);
  const sources = files.filter((file) => /^src\/.*\.ts$/.test(file));
  const scripts = files.filter((file) => /^dist\/.*\.(js|d\.ts)$/.test(file));
  const outputs = new Set(sources.flatMap(outputsOf));
  const faults: string[] = [];

  for (const file of besides) if (!here.has(file)) faults.push(`${file} is missing.`);
  for (const field of fields) if (!(field in manifest)) faults.push(`package.json has no ${field}.`);
  for (const [, protocol] of text.matchAll(/"(workspace|catalog):/g))
    faults.push(`package.json has a ${protocol}: range, which means nothing to npm.`);
  for (const target of targetsOf([manifest.exports, manifest.bin]))
    if (!here.has(target)) faults.push(`package.json names ${target}, which is missing.`);

  if (sources.length === 0) faults.push("There is no module in src.");
  for (const file of staleOutputs(files)) faults.push(`${file} has no source.`);
  for (const file of outputs)
    if (!here.has(file)) faults.push(`${file} is missing: delete dist and build again.`);
  const expected = new Set<string>([...besides, ...sources, ...outputs]);
  for (const file of files) {
    if (/\.test\.|(^|\/)test\//.test(file)) faults.push(`${file} is a test.`);
    else if (!expected.has(file) && !scripts.includes(file))
      faults.push(`${file} is not wanted in a package.`);
  }
  for (const map of files.filter((file) => file.endsWith(".map")))
    for (const source of await sourcesOf(directory, map))
      if (!here.has(source)) faults.push(`${map} points to ${source}, which is missing.`);
  for (const file of scripts) {
    const code = await readFile(join(directory, file), "utf8");
    for (const name of undeclaredImports(code, Object.keys(manifest.dependencies ?? {})))
      faults.push(`${file} imports ${name}, which is not among the dependencies.`);
  }
  return faults;
}

/** All files that `exports` or `bin` name, whatever the condition, as paths within the package. */
function targetsOf(value: unknown): string[] {
  if (typeof value === "string") return [posix.normalize(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(targetsOf) : [];
}

async function sourcesOf(directory: string, map: string): Promise<string[]> {
  const { sources } = JSON.parse(await readFile(join(directory, map), "utf8")) as { sources: string[] };
  return sources.map((source) => posix.join(posix.dirname(map), source));
}
