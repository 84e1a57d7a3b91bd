import { setImmediate } from "node:timers/promises";
import type { ManualClock, RecordedStream } from "@parley/testkit";
import { bytesOf } from "./transcript.ts";

/**
 * More turns of the event loop than anything here needs: the network is in memory and the clock stands still, so that
 * what has not come by then does not come.
 */
const turnsToSettle = 40;

/** Lets everything happen that can happen without time passing. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < turnsToSettle; turn++) await setImmediate();
}

/** Resolves as `promise` does. @throws Error if that takes time. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = settle().then(() => {
    throw new Error(`It does not come: ${what}`);
  });
  return Promise.race([promise, late]);
}

/** Lets `ms` milliseconds pass, and what comes of each second before the next. */
export async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    await settle();
    clock.advance(Math.min(left, 1_000));
  }
}

/** One side's end of a connection, driven by a transcript. */
export class Wire {
  readonly #stream: RecordedStream;
  readonly #inBytes: boolean;
  /** How much of what came was expected. */
  #at = 0;
  /** Which end of it was. */
  #end: "none" | "FIN" | "RST" = "none";

  /** @param inBytes whether its lines are bytes; else each is a message with a line feed behind it. */
  constructor(stream: RecordedStream, inBytes: boolean) {
    this.#stream = stream;
    this.#inBytes = inBytes;
  }

  /** Sends what a line says. */
  say(text: string): void {
    const { stream } = this.#stream;
    if (text === "FIN") stream.end();
    else if (text === "RST") stream.destroy();
    else stream.write(this.#bytesOf(text));
  }

  /** Sees that what comes next is what a line says. @throws Error if it is anything else, or nothing. */
  async expect(text: string): Promise<void> {
    const isBytes = text !== "nothing" && text !== "FIN" && text !== "RST";
    const length = isBytes && !text.includes("…") ? this.#bytesOf(text).length : 1;
    if (text === "nothing") await settle();
    else await within(this.#come(length), text).catch((error: unknown) => this.#rethrowIfNothing(error));
    const actual = this.#take(isBytes ? length : 0);
    const isSame = isBytes && this.#inBytes ? actual === hexOf(bytesOf(text)) : isLike(actual, text);
    if (!isSame) throw new Error(`Expected: ${text}\nActual:   ${actual}`);
  }

  /** Sees that nothing has come that was not expected. */
  close(): Promise<void> {
    return this.expect("nothing");
  }

  get #rest(): Buffer {
    return Buffer.from(this.#stream.bytes).subarray(this.#at);
  }

  /** What has come of the stream's end and was not expected yet. */
  get #newEnd(): "none" | "FIN" | "RST" {
    const { hasEnded, end } = this.#stream;
    if (hasEnded && this.#end === "none") return "FIN";
    return end?.error !== undefined && this.#end !== "RST" ? "RST" : "none";
  }

  #come(length: number): Promise<unknown> {
    return this.#stream.until(() => this.#rest.length >= length || this.#newEnd !== "none");
  }

  /** If something else has come, that is to be told. */
  #rethrowIfNothing(error: unknown): void {
    if (this.#rest.length === 0) throw error;
  }

  #bytesOf(text: string): Uint8Array {
    return this.#inBytes ? bytesOf(text) : Buffer.from(`${text}\n`);
  }

  /** What has come next, in the terms of a transcript; of bytes so many, 0 for all. */
  #take(length: number): string {
    const rest = this.#rest;
    if (rest.length === 0) {
      const end = this.#newEnd;
      if (end === "none") return "nothing";
      this.#end = end;
      return end;
    }
    if (this.#inBytes) {
      const bytes = length === 0 ? rest : rest.subarray(0, length);
      this.#at += bytes.length;
      return hexOf(bytes);
    }
    const [line = ""] = rest.toString().split("\n", 1);
    const length8 = Buffer.byteLength(line);
    this.#at += length8 + 1;
    return length8 < rest.length ? line : `${line} without a line feed`;
  }
}

/** Whether they are the same, but for what `…` stands for. */
function isLike(actual: string, text: string): boolean {
  const [begin = "", ...rest] = text.split("…");
  let at = begin.length;
  if (!actual.startsWith(begin)) return false;
  for (const part of rest) {
    const found = actual.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return rest.length === 0 ? at === actual.length : actual.endsWith(rest.at(-1) as string);
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
