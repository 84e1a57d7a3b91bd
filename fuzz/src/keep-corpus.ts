import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { runJazzer } from "./jazzer.ts";
import { corpusFolder } from "./targets.ts";

const maxFiles = 200;
const maxBytes = 200 * 1_024;
const maxMs = 300_000;
/** What the fuzzer names an input. */
const byHash = /^[0-9a-f]{40}$/;

/**
 * Takes what a target has learnt in `folder` into its committed inputs, of which those are left out that reach nothing others do not.
 * Beyond 200 files or 200 KiB the largest are left out. Inputs that people have named stay: limits, and what was once found.
 */
export async function keepCorpus(name: string, folder: string, signal: AbortSignal): Promise<void> {
  const merged = join(folder, "merged");
  rmSync(merged, { recursive: true, force: true });
  mkdirSync(merged);
  const committed = corpusFolder(name);
  const folders = [merged, committed, join(folder, "corpus")];
  const { status } = await runJazzer(name, folders, ["-merge=1"], {
    log: join(folder, "log.txt"),
    timeoutMs: maxMs,
    signal,
  });
  const files = readdirSync(merged).map((file) => ({ file, bytes: statSync(join(merged, file)).size }));
  if (status !== 0 || files.length === 0)
    throw new Error(`the inputs of ${name} could not be merged; see ${folder}/log.txt`);
  for (const file of readdirSync(committed)) if (byHash.test(file)) rmSync(join(committed, file));
  const room = maxFiles - readdirSync(committed).length;
  let bytes = 0;
  for (const each of files.sort((a, b) => a.bytes - b.bytes).slice(0, room)) {
    bytes += each.bytes;
    if (bytes > maxBytes) break;
    copyFileSync(join(merged, each.file), join(committed, each.file));
  }
}
