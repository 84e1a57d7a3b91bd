import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { runJazzer } from "./jazzer.ts";
import { corpusFolder } from "./targets.ts";

/** What came of fuzzing one target. */
export interface TargetReport {
  readonly name: string;
  readonly executions: number;
  readonly inputs: number;
  /** Edges that were reached. */
  readonly coverage: number;
  /** The file of the input for which the target failed, or why there is none. */
  readonly found: string | undefined;
  readonly log: string;
}

const maxLateMs = 60_000;

/** Fuzzes a target, beginning with its committed inputs and those that earlier runs have left in `folder`. */
export async function runTarget(
  name: string,
  seconds: number,
  folder: string,
  signal: AbortSignal,
): Promise<TargetReport> {
  const learnt = join(folder, "corpus");
  const log = join(folder, "log.txt");
  mkdirSync(learnt, { recursive: true });
  mkdirSync(corpusFolder(name), { recursive: true });
  rmSync(log, { force: true });
  const options = [`-max_total_time=${seconds}`, `-artifact_prefix=${folder}/`, "-print_final_stats=1"];
  const timeoutMs = seconds * 1_000 + maxLateMs;
  const { status, output } = await runJazzer(name, [learnt, corpusFolder(name)], options, {
    log,
    timeoutMs,
    signal,
  });
  const numberIn = (pattern: RegExp): number => Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
  const artifact = /Test unit written to (\S+)/.exec(output)?.[1];
  return {
    name,
    executions: numberIn(/stat::number_of_executed_units:\s*(\d+)/g) || numberIn(/^#(\d+)/gm),
    inputs: readdirSync(learnt).length,
    coverage: numberIn(/cov: (\d+)/g),
    found: artifact ?? (status === 0 ? undefined : `it ended with ${status}`),
    log,
  };
}

/** A line for people, with the command that replays what was found. */
export function told({ name, executions, inputs, coverage, found, log }: TargetReport): string {
  const figures = `${name}: ${executions} executions, ${inputs} inputs, ${coverage} edges`;
  if (found === undefined) return `${figures}, nothing found`;
  if (!existsSync(found)) return `${figures}, FAILED: ${found}; see ${relative(".", log)}`;
  return `${figures}, FOUND: npx -y pnpm@12 fuzz ${name} --replay ${relative(".", found)}`;
}
