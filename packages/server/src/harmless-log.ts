import { visibleSource } from "@parley/core";
import { type Logger, pino } from "pino";

/**
 * `logger`, whatever its level is and becomes, with lines that may hold what others have sent: what JSON leaves as it is and a terminal obeys
 * (DEL, C1 controls, line separators, bidirectional marks) is escaped. Read as JSON the lines are the same.
 */
export function harmlessLog(logger: Logger): Logger {
  const { hooksSym } = pino.symbols;
  const { [hooksSym]: hooks } = logger as unknown as { [hooksSym]?: { streamWrite?(line: string): string } };
  if (hooks?.streamWrite === visibleSource) return logger;
  const streamWrite = (line: string): string => visibleSource(hooks?.streamWrite?.(line) ?? line);
  // No child, which would keep the level of today.
  return Object.create(logger, { [hooksSym]: { value: { ...hooks, streamWrite } } }) as Logger;
}
