import { fromBase64, toBase64 } from "./base64.ts";
import { isRecord, type JsonSchema, pointedAt, pointerTo } from "./keywords.ts";

/** Turns a value that matches a schema into what the wire carries, or back. What does not change is not copied. */
export type Conversion = (value: unknown) => unknown;

/** What is done to the values of `bytes` and `bigint`; null for nothing. */
export interface LeafConversions {
  readonly bytes: Conversion | null;
  readonly bigint: Conversion | null;
}

/** To JSON, which has neither. */
export const toJson: LeafConversions = {
  bytes: (value) => (value instanceof Uint8Array ? toBase64(value) : value),
  bigint: (value) => (typeof value === "bigint" ? value.toString() : value),
};
/** From JSON. */
export const fromJson: LeafConversions = {
  bytes: (value) => (typeof value === "string" ? fromBase64(value) : value),
  bigint: (value) => (typeof value === "string" ? BigInt(value) : value),
};
/** From MessagePack, which may have written a small bigint as any other integer. */
export const fromMsgpack: LeafConversions = {
  bytes: null,
  bigint: (value) => (typeof value === "number" ? BigInt(value) : value),
};

/**
 * The conversion of a schema's values. Where the schema has branches, the one that is taken is the first that matches,
 * which `matches` tells of a schema within the root.
 */
export function conversionOf(
  root: JsonSchema,
  leaves: LeafConversions,
  matches: (fragment: string, value: unknown) => boolean,
): Conversion | null {
  return new ConversionBuilder(root, leaves, matches).build(root, "");
}

class ConversionBuilder {
  readonly #root: JsonSchema;
  readonly #leaves: LeafConversions;
  readonly #matches: (fragment: string, value: unknown) => boolean;
  /** By the schema; a function that is still being built stands in for itself. */
  readonly #built = new Map<unknown, { conversion: Conversion | null | undefined }>();

  constructor(
    root: JsonSchema,
    leaves: LeafConversions,
    matches: (fragment: string, value: unknown) => boolean,
  ) {
    this.#root = root;
    this.#leaves = leaves;
    this.#matches = matches;
  }

  build(schema: unknown, fragment: string): Conversion | null {
    if (!isRecord(schema)) return null;
    const known = this.#built.get(schema);
    if (known !== undefined) {
      return known.conversion === undefined
        ? (value) => known.conversion?.(value) ?? value
        : known.conversion;
    }
    const slot: { conversion: Conversion | null | undefined } = { conversion: undefined };
    this.#built.set(schema, slot);
    slot.conversion = inTurn([
      schema["bytes"] === true ? this.#leaves.bytes : null,
      schema["bigint"] === true ? this.#leaves.bigint : null,
      this.#reference(schema["$ref"]),
      this.#members(schema, fragment),
      this.#items(schema, fragment),
      ...this.#each(schema["allOf"], `${fragment}/allOf`),
      this.#branches(schema["anyOf"], `${fragment}/anyOf`),
      this.#branches(schema["oneOf"], `${fragment}/oneOf`),
      this.#condition(schema, fragment),
    ]);
    return slot.conversion;
  }

  #reference(reference: unknown): Conversion | null {
    if (typeof reference !== "string") return null;
    return this.build(pointedAt(this.#root, reference.slice(1)), reference.slice(1));
  }

  #members(schema: JsonSchema, fragment: string): Conversion | null {
    const named = new Map<string, Conversion | null>();
    for (const [name, sub] of entriesOf(schema["properties"])) {
      named.set(name, this.build(sub, fragmentTo(`${fragment}/properties`, name)));
    }
    const patterns = entriesOf(schema["patternProperties"]).map(
      ([pattern, sub]) =>
        [
          new RegExp(pattern, "u"),
          this.build(sub, fragmentTo(`${fragment}/patternProperties`, pattern)),
        ] as const,
    );
    const rest = this.build(schema["additionalProperties"], `${fragment}/additionalProperties`);
    const dependent = entriesOf(schema["dependencies"]).map(
      ([name, sub]) => [name, this.build(sub, fragmentTo(`${fragment}/dependencies`, name))] as const,
    );
    const conversions = [...named.values(), ...patterns.map(([, conversion]) => conversion), rest];
    const members = conversions.every((conversion) => conversion === null)
      ? null
      : (value: unknown) =>
          mapMembers(value, (name, member) => {
            const matching = patterns.filter(([pattern]) => pattern.test(name));
            const own = named.get(name);
            if (own === undefined && matching.length === 0) return rest === null ? member : rest(member);
            return matching.reduce(
              (converted, [, next]) => next?.(converted) ?? converted,
              own?.(member) ?? member,
            );
          });
    return inTurn([
      members,
      ...dependent.map(([name, conversion]) =>
        conversion === null
          ? null
          : (value: unknown) => (isRecord(value) && Object.hasOwn(value, name) ? conversion(value) : value),
      ),
    ]);
  }

  #items(schema: JsonSchema, fragment: string): Conversion | null {
    const { items } = schema;
    const first = Array.isArray(items) ? this.#each(items, `${fragment}/items`) : [];
    const rest = Array.isArray(items)
      ? this.build(schema["additionalItems"], `${fragment}/additionalItems`)
      : this.build(items, `${fragment}/items`);
    if (rest === null && first.every((conversion) => conversion === null)) return null;
    return (value) =>
      Array.isArray(value)
        ? value.map((item: unknown, index) => {
            const conversion = index < first.length ? first[index] : rest;
            return conversion == null ? item : conversion(item);
          })
        : value;
  }

  #branches(branches: unknown, fragment: string): Conversion | null {
    const conversions = this.#each(branches, fragment);
    if (conversions.every((conversion) => conversion === null)) return null;
    return (value) => {
      const index = conversions.findIndex((_, branch) => this.#matches(`${fragment}/${branch}`, value));
      return conversions[index]?.(value) ?? value;
    };
  }

  #condition(schema: JsonSchema, fragment: string): Conversion | null {
    const yes = this.build(schema["then"], `${fragment}/then`);
    const no = this.build(schema["else"], `${fragment}/else`);
    if (schema["if"] === undefined || (yes === null && no === null)) return null;
    return (value) => {
      const conversion = this.#matches(`${fragment}/if`, value) ? yes : no;
      return conversion === null ? value : conversion(value);
    };
  }

  #each(list: unknown, fragment: string): (Conversion | null)[] {
    return Array.isArray(list) ? list.map((sub, index) => this.build(sub, `${fragment}/${index}`)) : [];
  }
}

function inTurn(conversions: readonly (Conversion | null)[]): Conversion | null {
  const some = conversions.filter((conversion) => conversion !== null);
  if (some.length < 2) return some[0] ?? null;
  return (value) => some.reduce((converted, conversion) => conversion(converted), value);
}

function mapMembers(value: unknown, map: (name: string, member: unknown) => unknown): unknown {
  if (!isRecord(value)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const [name, member] of Object.entries(value)) {
    const mapped = map(name, member);
    // The spread makes `__proto__` an own property, to which this assigns.
    if (mapped !== member) (copy ??= { ...value })[name] = mapped;
  }
  return copy ?? value;
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

function fragmentTo(fragment: string, step: string): string {
  return `${fragment}/${encodeURIComponent(pointerTo("", step).slice(1))}`;
}
