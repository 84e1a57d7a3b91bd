import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { filesIn } from "./file-list.ts";
import { staleOutputs } from "./output.ts";
import { Program } from "./program.ts";
import { type Publishable, publishables, tarballName } from "./publishable.ts";

/** A package, and the file that it is published as. */
export interface Tarball extends Publishable {
  /** The absolute path of the `.tgz`. */
  readonly file: string;
}

/**
 * Builds the workspace at `root` and has pnpm pack all that is publishable into the directory `into`. What earlier builds left in
 * `dist` of modules that are gone is deleted first.
 */
export async function packTarballs(root: string, into: string, signal: AbortSignal): Promise<Tarball[]> {
  const packages = await publishables(root);
  await new Program(join(root, "node_modules/.bin/tsc"), ["-b"], { cwd: root, signal }).output();
  for (const { directory } of packages) {
    const stale = staleOutputs(await filesIn(directory, ["dist", "src"]));
    for (const file of stale) await rm(join(directory, file));
  }
  await mkdir(into, { recursive: true });
  const filters = packages.map(({ name }) => `--filter=${name}`);
  // npm would leave workspace: and catalog: in.
  await new Program("pnpm", ["-r", ...filters, "pack", "--pack-destination", into], {
    cwd: root,
    signal,
  }).output();
  return packages.map((one) => ({ ...one, file: join(into, tarballName(one)) }));
}
