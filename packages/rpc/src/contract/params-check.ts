import type { ValueCheck, WireForm } from "./compiled-contract.ts";
import { counted } from "./found.ts";
import { isRecord, type JsonSchema, pointedAt } from "./keywords.ts";
import { Mismatch } from "./mismatch.ts";
import { isStandard, type Schema } from "./schema.ts";
import { jsonSchemaOf } from "./standard-json-schema.ts";

/** A check that can also tell without throwing. */
export interface MatchingCheck extends ValueCheck {
  matches(value: unknown, form: WireForm): boolean;
}

/** Parameters by name, in the order of their positions; only by position; or, of some Standard Schemas, unknown. */
export type ParamStructure = readonly string[] | "array" | null;

/**
 * The check of parameters, which on the wire are an object, an array, or absent: absent is `{}`. Where the schema is of
 * an object, an array is taken for parameters by position, in the order of the schema's properties; if that does not
 * match, an array of one object is taken for that object, as some libraries wrap it.
 */
export class ParamsCheck implements ValueCheck {
  readonly #check: MatchingCheck;
  readonly #names: readonly string[] | null;
  readonly #array: boolean;

  /** @param structure the parameters' names in their order, `array`, or null if nothing is known of it. */
  constructor(check: MatchingCheck, structure: ParamStructure) {
    this.#check = check;
    this.#names = structure === "array" ? null : structure;
    this.#array = structure === "array";
  }

  toWire(value: unknown, form: WireForm): unknown {
    return this.#check.toWire(value === undefined ? this.#absent() : value, form);
  }

  fromWire(value: unknown, form: WireForm): unknown {
    if (!Array.isArray(value))
      return this.#check.fromWire(value === undefined ? this.#absent() : value, form);
    return this.#names === null ? this.#listed(value, form) : this.#byPosition(value, this.#names, form);
  }

  #absent(): unknown {
    return this.#array ? [] : {};
  }

  #listed(values: readonly unknown[], form: WireForm): unknown {
    const [only = {}] = values;
    const wrapped = !this.#array && values.length < 2 && isRecord(only) && !this.#check.matches(values, form);
    return this.#check.fromWire(wrapped ? only : values, form);
  }

  #byPosition(values: readonly unknown[], names: readonly string[], form: WireForm): unknown {
    const [only] = values;
    const positional = values.length > names.length ? undefined : byName(values, names);
    if (values.length === 1 && isRecord(only)) {
      if (positional !== undefined && this.#check.matches(positional, form)) {
        return this.#check.fromWire(positional, form);
      }
      if (
        positional === undefined ||
        this.#check.matches(only, form) ||
        names.some((name) => Object.hasOwn(only, name))
      ) {
        return this.#check.fromWire(only, form);
      }
    }
    if (positional !== undefined) return this.#check.fromWire(positional, form);
    throw new Mismatch([
      {
        path: "",
        expected: `at most ${counted(names.length, "parameter")} by position`,
        actual: String(values.length),
      },
    ]);
  }
}

/** The check of a method without parameters: what says nothing is taken for nothing. */
export const noParams: ValueCheck = Object.freeze({
  toWire(value: unknown): undefined {
    if (!isNothing(value)) throw notAbsent(value);
  },
  fromWire(value: unknown): undefined {
    if (!isNothing(value)) throw notAbsent(value);
  },
});

/** The check of a method without a result: whatever it returns is not sent, and whatever is answered not taken. */
export const noResult: ValueCheck = Object.freeze({
  toWire: (): null => null,
  fromWire: (): undefined => undefined,
});

function byName(values: readonly unknown[], names: readonly string[]): Readonly<Record<string, unknown>> {
  const named: Record<string, unknown> = {};
  for (let index = 0; index < values.length; index += 1) named[names[index] as string] = values[index];
  return named;
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && !ArrayBuffer.isView(value) && Object.keys(value).length === 0;
}

function notAbsent(value: unknown): Mismatch {
  const actual = Array.isArray(value) ? counted(value.length, "parameter") : typeof value;
  return new Mismatch([{ path: "", expected: "absent, as there are no parameters", actual }]);
}

/** How parameters of the schema are given. */
export function paramStructure(schema: Schema): ParamStructure {
  const root = isStandard(schema) ? jsonSchemaOf(schema) : (schema as JsonSchema);
  const reference = root?.["$ref"];
  const described = typeof reference === "string" ? pointedAt(root, reference.slice(1)) : root;
  if (!isRecord(described)) return null;
  const { type, properties } = described;
  if (isRecord(properties)) return Object.keys(properties);
  return type === "object" ? [] : type === "array" ? "array" : null;
}
