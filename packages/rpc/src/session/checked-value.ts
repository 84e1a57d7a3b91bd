import type { ValueCheck, WireForm } from "../contract/compiled-contract.ts";
import { Mismatch } from "../contract/mismatch.ts";
import { MismatchError } from "../mismatch-error.ts";

/** What is to be sent for `value`. @param what for people, with the name: `the parameters of`, `add`. @throws MismatchError. */
export function sentValue(
  what: string,
  name: string,
  check: ValueCheck,
  value: unknown,
  form: WireForm,
): unknown {
  try {
    return check.toWire(value, form);
  } catch (error) {
    throw error instanceof Mismatch ? new MismatchError(`${what} ${name}`, error, "local") : error;
  }
}

/** What was meant by a `value` that has come. @param what as above. @throws MismatchError. */
export function receivedValue(
  what: string,
  name: string,
  check: ValueCheck,
  value: unknown,
  form: WireForm,
): unknown {
  try {
    return check.fromWire(value, form);
  } catch (error) {
    throw error instanceof Mismatch ? new MismatchError(`${what} ${name}`, error, "remote") : error;
  }
}
