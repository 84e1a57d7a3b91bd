import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileLog, fileLog } from "@parley/server";
import { afterEach } from "vitest";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

/** A log of everything, until the end of the test; `text` is what it holds so far. */
export function temporaryLog(): Pick<FileLog, "logger"> & { readonly text: string } {
  const directory = mkdtempSync(join(tmpdir(), "parley-log-"));
  const file = join(directory, "log");
  const { logger, close } = fileLog(file, "trace");
  undo.push(() => {
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
