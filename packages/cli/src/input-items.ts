import { type FrameSink, lines, ParleyError } from "@parley/core";
import { Mismatch, MismatchError, type ValueCheck } from "@parley/rpc";
import { lineFault } from "./line-fault.ts";
import { stdinChunks } from "./stdin.ts";

/** The items of an input stream: one JSON value a line of stdin. @throws ParleyError `bad-option`; FrameTooLongError; MismatchError. */
export async function* inputItems(method: string, check: ValueCheck): AsyncGenerator<unknown, void, void> {
  let count = 0;
  for await (const line of stdinLines()) {
    count += 1;
    if (line.trim() === "") continue;
    yield valueOf(line, `Line ${count} of the input of ${method}`, check);
  }
}

async function* stdinLines(): AsyncGenerator<string, void, void> {
  const decoder = lines().decoder();
  const ready: string[] = [];
  const sink: FrameSink = {
    frame(bytes, start, end) {
      ready.push(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString());
      return true;
    },
    fault(fault) {
      throw lineFault(fault);
    },
  };
  for await (const chunk of stdinChunks()) {
    for (let at = 0; at < chunk.length; ) at = decoder.push(chunk, at, chunk.length, sink);
    yield* ready.splice(0);
  }
  decoder.end(sink);
  yield* ready;
}

function valueOf(line: string, what: string, check: ValueCheck): unknown {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new ParleyError("bad-option", `${what} is not JSON: ${(error as Error).message}.`);
  }
  return checked(what, check, value);
}

/** What a value of a JSON text stands for: base64 for bytes, say. @throws MismatchError. */
export function checked(what: string, check: ValueCheck, value: unknown): unknown {
  try {
    return check.fromWire(value, "json");
  } catch (error) {
    throw error instanceof Mismatch ? new MismatchError(what, error, "local") : error;
  }
}
