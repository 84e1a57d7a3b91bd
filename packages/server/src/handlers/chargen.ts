import { setImmediate } from "node:timers/promises";
import type { Connection, Handler } from "@parley/core";

const firstPrintable = 0x20;
const printables = 95;
const lineLength = 72;
/** After so many lines the other connections have their turn. */
const linesPerTurn = 256;

/** The lines in their order: each begins one character further than the one before. */
const patterns: readonly string[] = Array.from({ length: printables }, (_, from) =>
  String.fromCharCode(
    ...Array.from({ length: lineLength }, (_, at) => firstPrintable + ((from + at) % printables)),
  ),
);

/**
 * A handler that sends lines of 72 printable ASCII characters as fast as they are read, until the other side ends, and
 * discards what it is sent (RFC 864). Its codec is `textLines({ send: "crlf" })`. Who does not read costs no more than
 * `highWatermarkBytes`.
 */
export function chargen(): Handler<unknown, string> {
  return {
    open(connection) {
      connection.send(patterns[0] as string);
      // Not returned: what is sent to it is to be discarded meanwhile. It ends by the ClosedError of its connection.
      generate(connection).catch(() => {});
    },
    message() {},
  };
}

async function generate(connection: Connection<unknown, string>): Promise<never> {
  for (let line = 1; ; line++) {
    if (!connection.send(patterns[line % printables] as string)) await connection.writable();
    if (line % linesPerTurn === 0) await setImmediate();
  }
}
