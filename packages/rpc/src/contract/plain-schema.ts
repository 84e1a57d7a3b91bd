import { type PatternCost, patternCost } from "@parley/core";
import { formats } from "./formats.ts";
import { shownText } from "./found.ts";
import { isRecord, type JsonSchema, keywordShapes, pointedAt, pointerTo, type Shape } from "./keywords.ts";

/** Throws the error that says what is wrong with a schema. */
export type Refuse = (why: string) => never;

/** How deep schemas may nest. */
const maxDepth = 64;
/** How long patterns may be. */
export const maxPatternLength = 1000;
const maxUniqueItems = 1000;
const typeNames = new Set(["null", "boolean", "number", "integer", "string", "array", "object"]);

/**
 * A frozen copy of a schema in which nothing is but JSON and known keywords, every `$ref` a pointer within it. What is
 * unknown is refused, since somebody counts on it, and so is what could take too long.
 */
export function plainSchema(schema: unknown, refuse: Refuse): JsonSchema {
  return new SchemaReader(refuse).read(schema);
}

/** Whether it has every two of its items compared that are no scalars and may be many, which takes too long. */
export function isCostlyUnique({ uniqueItems, items, maxItems }: JsonSchema): boolean {
  if (uniqueItems !== true) return false;
  const type = isRecord(items) ? items["type"] : undefined;
  if (typeof type === "string" && type !== "object" && type !== "array") return false;
  return typeof maxItems !== "number" || maxItems > maxUniqueItems;
}

class SchemaReader {
  readonly #refuse: Refuse;
  readonly #identified = new Map<string, string>();
  readonly #references: { readonly holder: Record<string, unknown>; readonly pointer: string }[] = [];

  constructor(refuse: Refuse) {
    this.#refuse = refuse;
  }

  read(schema: unknown): JsonSchema {
    const read = this.#schema(schema, "", 0);
    const root = read === true ? {} : read === false ? { not: {} } : read;
    for (const { holder, pointer } of this.#references) this.#resolve(root, holder, pointer);
    for (const { holder, pointer } of this.#references) this.#follow(root, holder, pointer);
    return frozen(root);
  }

  /** References from one to the next have to come to something. */
  #follow(root: JsonSchema, holder: JsonSchema, pointer: string): void {
    const passed = new Set<unknown>();
    let next: unknown = holder;
    while (isRecord(next) && typeof next["$ref"] === "string") {
      if (passed.has(next)) this.#fault(pointer, "is a reference that leads to no end");
      passed.add(next);
      next = pointedAt(root, next["$ref"].slice(1));
    }
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
      if (shape === undefined) this.#fault(pointer, `has the keyword ${quoted(keyword)}, which is unknown`);
      plain[keyword] = this.#value(shape, value, pointerTo(pointer, keyword), depth);
    }
    if (isCostlyUnique(plain)) {
      this.#fault(pointer, "has uniqueItems for items that are no scalars, which needs maxItems up to 1,000");
    }
    if (typeof plain["$ref"] === "string") this.#references.push({ holder: plain, pointer });
    return plain;
  }

  #value(shape: Shape, value: unknown, pointer: string, depth: number): unknown {
    switch (shape) {
      case "schema":
        return this.#schema(value, pointer, depth + 1);
      case "schemas":
        if (!Array.isArray(value) || value.length === 0) return this.#fault(pointer, "is no list of schemas");
        return this.#schemas(value, pointer, depth);
      case "items":
        return Array.isArray(value)
          ? this.#schemas(value, pointer, depth)
          : this.#schema(value, pointer, depth + 1);
      case "named-schemas":
      case "pattern-schemas":
      case "dependencies":
        return this.#named(shape, value, pointer, depth);
      case "pattern":
        return this.#pattern(value instanceof RegExp ? value.source : value, pointer);
      case "format":
        if (typeof value === "string" && Object.hasOwn(formats, value)) return value;
        return this.#fault(pointer, `is ${quoted(value)}; known are ${Object.keys(formats).join(", ")}`);
      default:
        if (!fits(shape, value)) this.#fault(pointer, "has a value of the wrong kind");
        return this.#json(value, pointer);
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
        this.#fault(pointer, "names a property __proto__, which JavaScript cannot hold apart");
      }
      if (shape === "pattern-schemas") this.#pattern(name, place);
      named[name] =
        shape === "dependencies" && fits("names", schema)
          ? this.#json(schema, place)
          : this.#schema(schema, place, depth + 1);
    }
    return named;
  }

  #pattern(pattern: unknown, pointer: string): string {
    if (typeof pattern !== "string" || pattern.length > maxPatternLength) {
      return this.#fault(pointer, `is no pattern of up to ${maxPatternLength} characters`);
    }
    let cost: PatternCost;
    try {
      cost = patternCost(pattern);
    } catch {
      return this.#fault(pointer, "is no regular expression with the flag u");
    }
    if (cost !== "exponential") return pattern;
    return this.#fault(
      pointer,
      "can take exponential time: have each round of a repeated part begin with a character that occurs nowhere else in it",
    );
  }

  #resolve(root: Record<string, unknown>, holder: Record<string, unknown>, pointer: string): void {
    const reference = holder["$ref"] as string;
    const identified = this.#identified.get(reference);
    const target = identified === undefined ? reference : `#${identified}`;
    const found = /^#(?:$|\/)/.test(target) ? pointedAt(root, target.slice(1)) : undefined;
    if (!isRecord(found) && typeof found !== "boolean") {
      this.#fault(pointer, `refers to ${quoted(reference)}, which is not within the schema`);
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

function quoted(value: unknown): string {
  return shownText(JSON.stringify(value) ?? typeof value, 60);
}
