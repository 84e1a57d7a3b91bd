import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";

/** The paths of all files in `folders` of `directory`, relative to it and with slashes; all of it if none is named. */
export async function filesIn(directory: string, folders: readonly string[] = ["."]): Promise<string[]> {
  const files: string[] = [];
  for (const folder of folders) {
    for (const entry of await readdir(join(directory, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.push(path.slice(directory.length + 1).replaceAll(sep, "/"));
    }
  }
  return files;
}
