import { formats } from "./formats.ts";
import { isRecord, type JsonSchema, keywordShapes, pointedAt, pointerTo, type Shape } from "./keywords.ts";
import { patternCost } from "./pattern-cost.ts";

/** Throws the error that says what is wrong with a schema. */
export type Refuse = (why: string) => never;

/** How deep schemas may nest. */
const maxDepth = 64;
const maxPatternLength = 1000;
const typeNames = new Set(["null", "boolean", "number", "integer", "string", "array", "object"]);

/**
 * A frozen copy of a schema in which nothing is but JSON and known keywords, every `$ref` a pointer within it. A
 * `foreign` one was written by the other side: what is unknown in it is left out, and so is what could cost us dearly,
 * since the other side checks its own values; in one of ours it is refused, since somebody counts on it.
 */
export function plainSchema(schema: unknown, foreign: boolean, refuse: Refuse): JsonSchema {
  return new SchemaReader(foreign, refuse).read(schema);
}

class SchemaReader {
  readonly #foreign: boolean;
  readonly #refuse: Refuse;
  /** How much has been left out of a foreign schema so far. */
  #omitted = 0;
  readonly #identified = new Map<string, string>();
  readonly #references: { readonly holder: Record<string, unknown>; readonly pointer: string }[] = [];

  constructor(foreign: boolean, refuse: Refuse) {
    this.#foreign = foreign;
    this.#refuse = refuse;
  }

  read(schema: unknown): JsonSchema {
    const read = this.#schema(schema, "", 0);
    const root = read === true ? {} : read === false ? { not: {} } : read;
    for (const { holder, pointer } of this.#references) this.#resolve(root, holder, pointer);
    return frozen(root);
  }

  #schema(schema: unknown, pointer: string, depth: number): Record<string, unknown> | boolean {
    if (typeof schema === "boolean") return schema;
    if (!isRecord(schema)) return this.#fault(pointer, "is no schema, which is an object or a boolean");
    if (depth > maxDepth) return this.#fault("", `nests deeper than ${maxDepth} schemas`);
    if ("~codec" in schema || "~refine" in schema) {
      return this.#fault(pointer, "has a TypeBox codec or refinement; use a Standard Schema for such");
    }
    const plain: Record<string, unknown> = {};
    for (const [keyword, value] of Object.entries(schema)) {
      if (value === undefined || keyword === "$schema") continue;
      if (keyword === "$id") {
        if (typeof value === "string") this.#identified.set(value, pointer);
        continue;
      }
      const shape = keywordShapes.get(keyword);
      if (shape !== undefined)
        this.#keyword(plain, shape, keyword, value, pointerTo(pointer, keyword), depth);
      else if (!this.#foreign)
        this.#fault(pointer, `has the keyword ${JSON.stringify(keyword)}, which is unknown`);
    }
    if (plain["uniqueItems"] === true) this.#checkUnique(plain, pointer);
    if (typeof plain["$ref"] === "string") this.#references.push({ holder: plain, pointer });
    return plain;
  }

  #keyword(
    plain: Record<string, unknown>,
    shape: Shape,
    keyword: string,
    value: unknown,
    pointer: string,
    depth: number,
  ): void {
    switch (shape) {
      case "schema":
        plain[keyword] = this.#schema(value, pointer, depth + 1);
        return;
      case "schemas":
        if (!Array.isArray(value) || value.length === 0) this.#fault(pointer, "is no list of schemas");
        plain[keyword] = this.#schemas(value as unknown[], pointer, depth);
        return;
      case "items":
        plain[keyword] = Array.isArray(value)
          ? this.#schemas(value, pointer, depth)
          : this.#schema(value, pointer, depth + 1);
        return;
      case "named-schemas":
      case "pattern-schemas":
      case "dependencies":
        plain[keyword] = this.#named(shape, value, pointer, depth);
        return;
      case "pattern":
        if (this.#takesPattern(patternText(value), pointer)) plain[keyword] = patternText(value);
        return;
      case "format":
        if (typeof value === "string" && Object.hasOwn(formats, value)) plain[keyword] = value;
        else if (!this.#foreign) {
          this.#fault(pointer, `is ${JSON.stringify(value)}; known are ${Object.keys(formats).join(", ")}`);
        }
        return;
      default:
        if (!fits(shape, value)) this.#fault(pointer, `has a value of the wrong kind`);
        plain[keyword] =
          shape === "number" || shape === "positive" ? Number(value) : this.#json(value, pointer);
    }
  }

  #schemas(list: readonly unknown[], pointer: string, depth: number): unknown[] {
    return list.map((schema, index) => this.#schema(schema, pointerTo(pointer, index), depth + 1));
  }

  #named(shape: Shape, value: unknown, pointer: string, depth: number): Record<string, unknown> {
    if (!isRecord(value)) return this.#fault(pointer, "is no object of schemas");
    const named: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(value)) {
      const place = pointerTo(pointer, name);
      if (name === "__proto__") {
        if (!this.#foreign)
          this.#fault(pointer, "names a property __proto__, which JavaScript cannot hold apart");
        continue;
      }
      if (shape === "pattern-schemas" && !this.#takesPattern(name, place)) continue;
      named[name] =
        shape === "dependencies" && fits("names", schema)
          ? this.#json(schema, place)
          : this.#schema(schema, place, depth + 1);
    }
    return named;
  }

  #takesPattern(pattern: string | undefined, pointer: string): boolean {
    if (pattern === undefined || pattern.length > maxPatternLength) {
      return this.#foreign
        ? false
        : this.#fault(pointer, `is no pattern of up to ${maxPatternLength} characters`);
    }
    let cost: string;
    try {
      cost = patternCost(pattern);
    } catch {
      if (this.#foreign) return false;
      return this.#fault(pointer, "is no regular expression with the flag u");
    }
    if (this.#foreign) return cost === "linear";
    if (cost !== "exponential") return true;
    return this.#fault(
      pointer,
      "can take exponential time: have each round of a repeated part begin with a character that occurs nowhere else in it",
    );
  }

  /** Comparing every two of many items that are no scalars takes too long. */
  #checkUnique(plain: Record<string, unknown>, pointer: string): void {
    const items = isRecord(plain["items"]) ? plain["items"]["type"] : undefined;
    const scalar = typeof items === "string" && items !== "object" && items !== "array";
    const most = plain["maxItems"];
    if (scalar || (typeof most === "number" && most <= 1000)) return;
    if (this.#foreign) delete plain["uniqueItems"];
    else
      this.#fault(pointer, "has uniqueItems for items that are no scalars, which needs maxItems up to 1,000");
  }

  #resolve(root: Record<string, unknown>, holder: Record<string, unknown>, pointer: string): void {
    const reference = holder["$ref"] as string;
    const identified = this.#identified.get(reference);
    const target = identified === undefined ? reference : `#${identified}`;
    const found = /^#(?:$|\/)/.test(target) ? pointedAt(root, target.slice(1)) : undefined;
    if (!isRecord(found) && typeof found !== "boolean") {
      this.#fault(pointer, `refers to ${JSON.stringify(reference)}, which is not within the schema`);
    }
    holder["$ref"] = target;
  }

  #json(value: unknown, pointer: string): unknown {
    try {
      return JSON.parse(JSON.stringify(value)) as unknown;
    } catch {
      return this.#fault(pointer, "is no JSON");
    }
  }

  #fault(pointer: string, why: string): never {
    return this.#refuse(pointer === "" ? why : `at ${pointer} ${why}`);
  }
}

function patternText(value: unknown): string | undefined {
  return value instanceof RegExp ? value.source : typeof value === "string" ? value : undefined;
}

function fits(shape: Shape, value: unknown): boolean {
  switch (shape) {
    case "text":
    case "reference":
      return typeof value === "string";
    case "flag":
      return typeof value === "boolean";
    case "true":
      return value === true;
    case "number":
      return Number.isFinite(value);
    case "positive":
      return Number.isFinite(value) && (value as number) > 0;
    case "count":
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case "names":
      return Array.isArray(value) && value.every((name) => typeof name === "string");
    case "types": {
      const names: unknown[] = Array.isArray(value) ? value : [value];
      return names.length > 0 && names.every((name) => typeNames.has(name as string));
    }
    case "options":
      return Array.isArray(value) && value.length > 0;
    default:
      return true;
  }
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}
