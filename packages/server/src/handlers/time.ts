import type { ConnectionFunction } from "@parley/core";

/** Where the time comes from. */
export interface TimeOptions {
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** From 1900-01-01 to 1970-01-01, in seconds. */
const secondsBefore1970 = 2_208_988_800;

/**
 * Tells the time and closes (RFC 868):
 *
 *     | seconds since 1900-01-01T00:00:00Z: 4 bytes, big-endian |
 *
 * They overflow on 2036-02-07 and begin again at 0. Its codec is `codec(raw(), bytes())`.
 */
export function time({ now = Date.now }: TimeOptions = {}): ConnectionFunction<unknown, Uint8Array> {
  return (connection) => {
    const seconds = new Uint8Array(4);
    new DataView(seconds.buffer).setUint32(0, Math.floor(now() / 1_000) + secondsBefore1970);
    connection.send(seconds);
  };
}

/** Tells date and time for people, in UTC as ISO 8601, and closes (RFC 867). Its codec is `textLines({ send: "crlf" })`. */
export function daytime({ now = Date.now }: TimeOptions = {}): ConnectionFunction<unknown, string> {
  return (connection) => void connection.send(new Date(now()).toISOString());
}
