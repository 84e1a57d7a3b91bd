import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A package of the workspace that is not private. */
export interface Publishable {
  readonly name: string;
  readonly version: string;
  /** Its absolute directory. */
  readonly directory: string;
}

/** All packages in `packages` of the workspace at `root` that are to be published, by name. */
export async function publishables(root: string): Promise<Publishable[]> {
  const found: Publishable[] = [];
  for (const entry of (await readdir(join(root, "packages"))).sort()) {
    const directory = join(root, "packages", entry);
    const {
      name,
      version,
      private: hidden,
    } = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
    if (hidden !== true) found.push({ name, version, directory });
  }
  return found;
}

/** What `pnpm pack` calls the tarball of a package: `@parley/core` becomes `parley-core-0.1.0.tgz`. */
export function tarballName({ name, version }: Pick<Publishable, "name" | "version">): string {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
}
