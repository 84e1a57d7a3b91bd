import { inspect } from "node:util";
import { checkInteger, checkOneOf, visibleLine, withDefaults } from "@parley/core";
import { systemClock } from "@parley/transport";
import type { Logger } from "pino";
import type { CommonMiddleware } from "./middleware.ts";
import { OncePerTurn } from "./once-per-turn.ts";
import { wrap } from "./wrap.ts";

const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** What {@link logMessages} writes. */
export interface LogMessagesOptions {
  /** The level of its lines. Default `debug`. */
  readonly level?: (typeof levels)[number] | undefined;
  /** Whether messages are shown, made harmless for terminals and cut. Default false: what others say is theirs. */
  readonly content?: boolean | undefined;
  /** How much of a message is shown at most. Default 200; at least 1. */
  readonly maxContentCharacters?: number | undefined;
}

const defaults = Object.freeze({ level: "debug", content: false, maxContentCharacters: 200 } as const);

/**
 * Logs a line for every message received: its connection's id, its number on that connection, and its size: `bytes` of text (as
 * UTF-8, without framing) and of bytes; other messages have none. Costs a comparison
 * while the logger does not write that level, which it is asked once per turn of the event loop.
 *
 *     pipe(echo(), authenticate({ token }), logMessages(logger, { level: "info" }))
 *
 * Behind `authenticate` in the list, so that it never sees a token.
 * @throws ParleyError `bad-option`.
 */
export function logMessages(logger: Logger, options: LogMessagesOptions = {}): CommonMiddleware {
  const { level, content, maxContentCharacters } = withDefaults<{
    level: (typeof levels)[number];
    content: boolean;
    maxContentCharacters: number;
  }>(defaults, options);
  checkOneOf("level", level, levels);
  checkInteger("maxContentCharacters", maxContentCharacters, 1);
  const writes = new OncePerTurn(systemClock, () => logger.isLevelEnabled(level));
  return (next) =>
    wrap(next, {
      message(message, connection) {
        if (writes.value) {
          const { id, counters } = connection;
          const line = { connection: id, message: counters.messagesIn, ...sizeOf(message) };
          logger[level](
            content ? { ...line, content: shown(message, maxContentCharacters) } : line,
            "message",
          );
        }
        return next.message(message, connection);
      },
    });
}

function sizeOf(message: unknown): { readonly bytes?: number } {
  if (typeof message === "string") return { bytes: Buffer.byteLength(message) };
  return message instanceof Uint8Array ? { bytes: message.length } : {};
}

function shown(message: unknown, maxCharacters: number): string {
  // As much as is shown is looked at, and one more tells that there is more.
  const text =
    typeof message === "string"
      ? message.slice(0, maxCharacters + 1)
      : inspect(message, {
          breakLength: Number.POSITIVE_INFINITY,
          compact: true,
          customInspect: false,
          depth: 4,
          maxArrayLength: maxCharacters,
          maxStringLength: maxCharacters,
        });
  return text.length > maxCharacters ? `${visibleLine(text.slice(0, maxCharacters))}…` : visibleLine(text);
}
