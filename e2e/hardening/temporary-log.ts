import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileLog, fileLog } from "@parley/server";
import { onTestFinished } from "vitest";

/** A log of everything, until the end of the test; `text` is what it holds so far. */
export function temporaryLog(): Pick<FileLog, "logger"> & { readonly text: string } {
  const directory = mkdtempSync(join(tmpdir(), "parley-log-"));
  const file = join(directory, "log");
  const { logger, close } = fileLog(file, "trace");
  onTestFinished(() => {
    close();
    rmSync(directory, { recursive: true });
  });
  return {
    logger,
    get text() {
      return readFileSync(file, "utf8");
    },
  };
}
