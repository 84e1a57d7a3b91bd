import type { ValueCheck, WireForm } from "./compiled-contract.ts";
import {
  type Conversion,
  conversionOf,
  fromJson,
  fromMsgpack,
  type LeafConversions,
  toJson,
} from "./conversion.ts";
import { type ErrorSource, issuesOf } from "./issues.ts";
import type { JsonSchema } from "./keywords.ts";
import { Mismatch, type MismatchIssue } from "./mismatch.ts";
import type { SchemaValidators } from "./schema-validators.ts";
import { type Form, variesByWire } from "./wire-schema.ts";

/** What is done to values on one way. */
interface Way {
  readonly form: Form;
  readonly validate: (value: unknown) => boolean;
  readonly convert: Conversion | null;
}

/** Only values of up to so many parts, and texts of so many characters in all, are told everything about. */
const maxParts = 1000;
const maxCharacters = 10_000;

/** The check of a JSON Schema's values. What is compiled for a way is compiled when the first value takes it. */
export class JsonSchemaCheck implements ValueCheck {
  readonly #schema: JsonSchema;
  readonly #validators: SchemaValidators;
  readonly #varies: boolean;
  #toJson: Way | undefined;
  #toMsgpack: Way | undefined;
  #fromJson: Way | undefined;
  #fromMsgpack: Way | undefined;

  constructor(schema: JsonSchema, validators: SchemaValidators) {
    this.#schema = schema;
    this.#validators = validators;
    this.#varies = variesByWire(schema);
  }

  toWire(value: unknown, form: WireForm): unknown {
    return form === "json"
      ? this.#take((this.#toJson ??= this.#way("program", toJson)), value)
      : this.#take((this.#toMsgpack ??= this.#way("program", null)), value);
  }

  fromWire(value: unknown, form: WireForm): unknown {
    return form === "json"
      ? this.#take((this.#fromJson ??= this.#way("json", fromJson)), value)
      : this.#take((this.#fromMsgpack ??= this.#way("msgpack", fromMsgpack)), value);
  }

  /** Whether what has arrived matches; nothing is thrown, and nothing converted. */
  matches(value: unknown, form: WireForm): boolean {
    return this.#validators.first(this.#schema, form)(value);
  }

  #way(form: Form, leaves: LeafConversions | null): Way {
    const matches = (fragment: string, value: unknown) =>
      this.#validators.first(this.#schema, form, fragment)(value);
    return {
      form,
      validate: this.#validators.first(this.#schema, form),
      convert: this.#varies && leaves !== null ? conversionOf(this.#schema, leaves, matches) : null,
    };
  }

  #take({ form, validate, convert }: Way, value: unknown): unknown {
    let valid: boolean;
    try {
      valid = validate(value);
    } catch (error) {
      // A schema that contains itself has a validator that calls itself.
      if (!(error instanceof RangeError)) throw error;
      throw new Mismatch([
        { path: "", expected: "nested less deeply", actual: "nested too deeply to be checked" },
      ]);
    }
    if (!valid) throw new Mismatch(this.#issues(value, form));
    return convert === null ? value : convert(value);
  }

  #issues(value: unknown, form: Form): readonly MismatchIssue[] {
    const small = isSmall(value);
    const source: ErrorSource = {
      root: this.#schema,
      validator: (fragment) =>
        small
          ? this.#validators.all(this.#schema, form, fragment)
          : this.#validators.first(this.#schema, form, fragment),
    };
    const validate = source.validator("");
    validate(value);
    return issuesOf(validate.errors ?? [], source);
  }
}

function isSmall(value: unknown): boolean {
  let parts = 0;
  let characters = 0;
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    parts += 1;
    if (typeof next === "string") characters += next.length;
    else if (typeof next === "object" && next !== null && !ArrayBuffer.isView(next)) {
      for (const name in next) {
        characters += Array.isArray(next) ? 0 : name.length;
        rest.push((next as Readonly<Record<string, unknown>>)[name]);
        if (rest.length > maxParts) return false;
      }
    }
    if (parts > maxParts || characters > maxCharacters) return false;
  }
  return true;
}
