import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { targetFile } from "./targets.ts";

const cli = join(dirname(createRequire(import.meta.url).resolve("@jazzer.js/core")), "cli.js");
const olderLibraries = new URL("older-libraries.js", import.meta.url).href;
const root = fileURLToPath(new URL("../..", import.meta.url));

/** What is led by coverage: what is tested, and the decoders that it stands on. */
const instrumented = [
  "packages/core/dist/",
  "packages/rpc/dist/",
  "packages/server/dist/",
  "packages/transport/dist/",
  "/msgpackr/",
  "/fflate/",
];

/** Larger inputs find nothing that smaller ones do not: every limit that there is can be set below. */
const maxInputBytes = 4_096;
const maxMsPerInput = 10_000;

/**
 * Runs jazzer.js (libFuzzer) over a target in a process of its own and resolves with what it wrote, which also goes to `log`.
 * @param folders of inputs; new ones are put into the first.
 * @param options of libFuzzer.
 * @param timeoutMs after which it is killed.
 */
export function runJazzer(
  target: string,
  folders: readonly string[],
  options: readonly string[],
  {
    log,
    timeoutMs,
    signal,
  }: { readonly log: string; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<{ readonly status: number | null; readonly output: string }> {
  const jazzer = ["--sync", "--disableBugDetectors", ".*", "--timeout", `${maxMsPerInput}`];
  const includes = instrumented.flatMap((part) => ["--includes", part]);
  const child = spawn(
    process.execPath,
    [
      cli,
      targetFile(target),
      ...folders,
      ...jazzer,
      ...includes,
      "--",
      `-max_len=${maxInputBytes}`,
      ...options,
    ],
    {
      cwd: root,
      // For the processes too into which it divides a merge.
      env: { ...process.env, NODE_OPTIONS: `--import=${olderLibraries}` },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      signal,
      killSignal: "SIGKILL",
    },
  );
  const file = createWriteStream(log, { flags: "a" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      file.write(text);
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (status) => {
      file.end();
      resolve({ status, output });
    });
  });
}
