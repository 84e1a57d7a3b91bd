import { ParleyError } from "./error.ts";

/**
 * Returns `value` if it is a whole number from `min` to `max`.
 * @throws ParleyError `bad-option`, naming the option, its range and what was given.
 */
export function checkInteger(
  name: string,
  value: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new ParleyError("bad-option", `${name} is ${String(value)}; give a whole number ${range}.`);
}

/** As {@link checkInteger}, with `Infinity` allowed besides. */
export function checkIntegerOrInfinity(name: string, value: number, min: number): number {
  return value === Number.POSITIVE_INFINITY ? value : checkInteger(name, value, min);
}

/** Returns `value` if it is one of `allowed`. @throws ParleyError `bad-option`. */
export function checkOneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new ParleyError(
    "bad-option",
    `${name} is ${JSON.stringify(value)}; give one of ${allowed.join(", ")}.`,
  );
}

/** `defaults` with what is given over them; what is given as undefined counts as not given. */
export function withDefaults<T extends object>(
  defaults: Readonly<T>,
  given: { readonly [K in keyof T]?: T[K] | undefined },
): { -readonly [K in keyof T]: T[K] } {
  const options: { -readonly [K in keyof T]: T[K] } = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof T)[]) {
    const value = given[key];
    if (value !== undefined) options[key] = value;
  }
  return options;
}
