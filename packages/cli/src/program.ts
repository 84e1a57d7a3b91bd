import { readFileSync } from "node:fs";
import { ParleyError } from "@parley/core";
import { Command, CommanderError } from "commander";
import { addCall } from "./call-command.ts";
import { addCompletion } from "./completion-command.ts";
import { addDiscover } from "./discover-command.ts";
import { failureText } from "./failure-text.ts";
import { addListen } from "./listen-command.ts";
import { print } from "./print.ts";
import { addSend } from "./send-command.ts";
import { addServe } from "./serve-command.ts";
import { addTypes } from "./types-command.ts";

/** What the shell is told: all went well; it failed, and stderr says why; the command line was wrong. */
export type ExitCode = 0 | 1 | 2;

/** Runs the command line `argv`, whose first two words are Node's and the script's. */
export async function parley(argv: readonly string[]): Promise<ExitCode> {
  // Where stderr cannot be written, nobody can be told so.
  process.stderr.on("error", () => {});
  try {
    return await run(argv);
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    process.stderr.write(failureText(error));
    return 1;
  }
}

/** The same. @throws ParleyError for what failed. */
async function run(argv: readonly string[]): Promise<ExitCode> {
  const shown: string[] = [];
  const program = new Command("parley")
    .description("Serve and talk to small TCP services.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .showHelpAfterError("Add --help to see what is allowed.")
    .exitOverride()
    .configureOutput({ writeOut: (text) => void shown.push(text) });
  addServe(program);
  addSend(program);
  addCall(program);
  addListen(program);
  addDiscover(program);
  addTypes(program);
  addCompletion(program);
  try {
    await program.parseAsync(argv);
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (shown.length > 0) await print(shown.join("").trimEnd());
    return error.exitCode === 0 ? 0 : 2;
  }
}

function version(): string {
  const file = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}
