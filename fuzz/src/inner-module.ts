import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const { resolve } = createRequire(import.meta.url);

/** A module that its package does not export: built where this one is, else its source, as `name` without an ending. */
export function innerModule(packageName: string, name: string): Promise<unknown> {
  const root = dirname(resolve(`${packageName}/package.json`));
  const file = import.meta.url.endsWith(".ts") ? join("src", `${name}.ts`) : join("dist", `${name}.js`);
  return import(pathToFileURL(join(root, file)).href);
}
