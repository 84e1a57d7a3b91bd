import { type Codec, codec, netstring, text, textLines } from "../src/index.ts";

const maxFrameBytes = 16;

/** The codecs that a connection of the model may speak, and switch between. */
export const dialects = {
  lines: textLines({ maxFrameBytes }),
  netstrings: codec(netstring({ maxFrameBytes }), text()),
} satisfies Readonly<Record<string, Codec<string>>>;

export type Dialect = keyof typeof dialects;

/** How a message looks on the wire. */
export function wireOf(dialect: Dialect, message: string): Buffer {
  return Buffer.from(dialect === "lines" ? `${message}\n` : `${message.length}:${message},`);
}

/** What a message does to the codec: each `s` and `S` in it changes it, behind it. */
export function dialectBehind(dialect: Dialect, message: string): Dialect {
  const changes = message.split("").filter((letter) => letter === "s" || letter === "S").length;
  return changes % 2 === 0 ? dialect : other(dialect);
}

export function other(dialect: Dialect): Dialect {
  return dialect === "lines" ? "netstrings" : "lines";
}

/** A message that stands in the input, or what is wrong there, which must show by `end` and cannot before `start`. */
export interface Item {
  readonly start: number;
  readonly end: number;
  readonly what: { readonly message: string } | { readonly fault: "malformed" | "frame-too-long" };
}

/** All that stands in the input so far, read in one piece and as plainly as can be. */
export function itemsOf(input: Buffer, ended: boolean): readonly Item[] {
  const items: Item[] = [];
  let dialect: Dialect = "lines";
  let start = 0;
  for (;;) {
    const item = (dialect === "lines" ? lineAt : netstringAt)(input, start, ended);
    if (item === null) return items;
    items.push(item);
    if ("fault" in item.what) return items;
    dialect = dialectBehind(dialect, item.what.message);
    start = item.end;
  }
}

function lineAt(input: Buffer, start: number, ended: boolean): Item | null {
  const lineFeed = input.indexOf("\n", start);
  const end = lineFeed < 0 ? input.length : lineFeed;
  if (end - start > maxFrameBytes)
    return { start, end: start + maxFrameBytes + 1, what: { fault: "frame-too-long" } };
  if (lineFeed < 0 && (!ended || end === start)) return null;
  const payload = input.subarray(start, end);
  const behind = lineFeed < 0 ? end : end + 1;
  if (payload.includes(0xff)) return { start, end: behind, what: { fault: "malformed" } };
  return { start, end: behind, what: { message: payload.toString() } };
}

function netstringAt(input: Buffer, start: number, ended: boolean): Item | null {
  const rest = input.subarray(start).toString("latin1");
  if (rest === "") return null;
  const malformed = (end: number): Item => ({ start, end: start + end, what: { fault: "malformed" } });
  const digits = /^(0|[1-9]\d*)/.exec(rest)?.[0] ?? "";
  if (digits.length === rest.length) return ended ? malformed(rest.length) : null;
  if (digits === "" || rest[digits.length] !== ":") return malformed(digits.length + 1);
  if (Number(digits) > maxFrameBytes)
    return { start, end: start + digits.length + 1, what: { fault: "frame-too-long" } };
  const from = digits.length + 1;
  const to = from + Number(digits);
  if (rest.length <= to) return ended ? malformed(rest.length) : null;
  const payload = rest.slice(from, to);
  if (rest[to] !== "," || payload.includes("\xff")) return malformed(to + 1);
  return { start, end: start + to + 1, what: { message: payload } };
}
