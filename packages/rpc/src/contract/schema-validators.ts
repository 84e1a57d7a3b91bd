import { Ajv, type ValidateFunction } from "ajv";
import { isBase64 } from "./base64.ts";
import { formats } from "./formats.ts";
import type { JsonSchema } from "./keywords.ts";
import { type Form, variesByWire, wireSchema } from "./wire-schema.ts";

/** Longer texts have no format: none of them is meant for such, and not every check of one takes linear time. */
const maxFormatLength = 4096;
const decimal = /^-?(?:0|[1-9]\d*)$/;
/** A bigint of more digits takes too long to read. */
const maxDecimalLength = 1024;

/**
 * The validators of one contract's schemas, each compiled when it is first needed, and once. One ajv stops at the first
 * error; the other, for values small enough to be told everything about, does not.
 */
export class SchemaValidators {
  readonly #first: Ajv;
  #all: Ajv | undefined;
  readonly #ownProperties: boolean;
  readonly #keys = new Map<JsonSchema, Map<Form, string>>();

  /** @param schemas all that are to come. */
  constructor(schemas: readonly JsonSchema[]) {
    this.#ownProperties = schemas.some(namesInherited);
    this.#first = newAjv(false, this.#ownProperties);
  }

  /** For values of the form; with a fragment (a pointer, percent-encoded), for those of a schema within the schema. */
  first(schema: JsonSchema, form: Form, fragment = ""): ValidateFunction {
    return validatorIn(this.#first, this.#key(schema, form), fragment);
  }

  /** The same, reporting all errors. */
  all(schema: JsonSchema, form: Form, fragment = ""): ValidateFunction {
    this.#all ??= newAjv(true, this.#ownProperties);
    const key = this.#key(schema, form);
    if (this.#all.schemas[key] === undefined) this.#all.addSchema(wireSchema(schema, form), key);
    return validatorIn(this.#all, key, fragment);
  }

  #key(schema: JsonSchema, form: Form): string {
    const one = variesByWire(schema) ? form : "program";
    const keys = this.#keys.get(schema) ?? new Map<Form, string>();
    this.#keys.set(schema, keys);
    const known = keys.get(one);
    if (known !== undefined) return known;
    const key = `schema:${this.#keys.size}-${one}`;
    this.#first.addSchema(wireSchema(schema, one), key);
    keys.set(one, key);
    return key;
  }
}

function validatorIn(ajv: Ajv, key: string, fragment: string): ValidateFunction {
  return ajv.getSchema(fragment === "" ? key : `${key}#${fragment}`) as ValidateFunction;
}

function newAjv(allErrors: boolean, ownProperties: boolean): Ajv {
  const ajv = new Ajv({
    allErrors,
    ownProperties,
    // The schemas have been checked already, with words that name the place in the contract.
    strictSchema: false,
    strictTypes: false,
    strictTuples: false,
    meta: false,
    validateSchema: false,
    logger: false,
    verbose: true,
  });
  for (const [name, matches] of Object.entries(formats)) {
    ajv.addFormat(name, (text: string) => text.length <= maxFormatLength && matches(text));
  }
  const addKeyword = (keyword: string, validate: (value: unknown) => boolean) => {
    ajv.addKeyword({
      keyword,
      schemaType: "boolean",
      validate: (_: true, value: unknown) => validate(value),
    });
  };
  addKeyword("bytes", (value) => value instanceof Uint8Array);
  addKeyword("bigint", (value) => typeof value === "bigint");
  addKeyword("base64", (value) => typeof value === "string" && isBase64(value));
  addKeyword(
    "decimal",
    (value) => typeof value === "string" && value.length <= maxDecimalLength && decimal.test(value),
  );
  addKeyword("anyInteger", (value) => typeof value === "bigint" || Number.isSafeInteger(value));
  addKeyword("safeInteger", (value) => !Number.isInteger(value) || Number.isSafeInteger(value));
  return ajv;
}

/** Whether it names a property that every object seems to have, such as `constructor`. */
function namesInherited(schema: JsonSchema): boolean {
  return inherited.test(JSON.stringify(schema));
}

const inherited = new RegExp(`"(?:${Object.getOwnPropertyNames(Object.prototype).join("|")})"`);
