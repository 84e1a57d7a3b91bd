import { fileLog } from "@parley/server";
import { destination, type Logger, pino } from "pino";

/** `--log-level` and `--log-file`. */
export interface LogOptions {
  readonly logLevel?: string | undefined;
  readonly logFile?: string | undefined;
}

/** Where the server's events are written, until it is closed. */
export interface LogTarget {
  readonly logger?: Logger;
  close(): void;
}

/**
 * Into the file if one is given, else to stderr if a level is, else nowhere.
 * @throws ParleyError `bad-option` if the file cannot be opened.
 */
export function logTarget({ logLevel, logFile }: LogOptions): LogTarget {
  if (logFile !== undefined) return fileLog(logFile, logLevel);
  if (logLevel === undefined) return { close() {} };
  const logger = pino({ level: logLevel, base: null }, destination({ dest: 2, sync: true }));
  return { logger, close() {} };
}
