import { resolve } from "node:path";
import { ParleyError, visibleSource } from "@parley/core";
import { destination, type Logger, pino } from "pino";

/** A logger that writes into a file, until it is closed. */
export interface FileLog {
  readonly logger: Logger;
  close(): void;
}

type Destination = ReturnType<typeof destination>;

/** Every open file has one destination, whoever logs into it: so lines neither mix nor repeat. */
const openFiles = new Map<string, { readonly destination: Destination; users: number }>();

/**
 * Logs into `file`, which is appended to and made if need be, as UTF-8, one JSON object a line, harmless to a terminal, written before the call
 * returns. Any number of logs may share a file.
 * @param level the least severe level that is written, one of pino's. Default `info`.
 * @throws ParleyError `bad-option` if the file cannot be opened.
 */
export function fileLog(file: string, level: Logger["level"] = "info"): FileLog {
  const path = resolve(file);
  const shared = openFiles.get(path) ?? { destination: open(path), users: 0 };
  shared.users += 1;
  openFiles.set(path, shared);
  let inUse = true;
  return {
    logger: pino({ level, base: null, hooks: { streamWrite: visibleSource } }, shared.destination),
    close() {
      if (!inUse) return;
      inUse = false;
      shared.users -= 1;
      if (shared.users > 0) return;
      openFiles.delete(path);
      shared.destination.end();
    },
  };
}

function open(path: string): Destination {
  try {
    return destination({ dest: path, append: true, mkdir: true, sync: true });
  } catch (cause) {
    throw new ParleyError(
      "bad-option",
      `The log file ${path} cannot be opened: ${(cause as Error).message}.`,
      { cause },
    );
  }
}
