import { createInterface } from "node:readline";
import { ParleyError } from "@parley/core";
import { Mismatch, MismatchError, type ValueCheck } from "@parley/rpc";

/** The items of an input stream: one JSON value a line of stdin. @throws ParleyError `bad-option`; MismatchError. */
export async function* inputItems(method: string, check: ValueCheck): AsyncGenerator<unknown, void, void> {
  let count = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    count += 1;
    if (line.trim() === "") continue;
    yield valueOf(line, `Line ${count} of the input of ${method}`, check);
  }
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
