import { isRecord, type JsonSchema, mapSubschemas, pointedAt } from "./keywords.ts";
import { loosened } from "./loosened-schema.ts";

/** How many references may lead from one to the next. */
const maxFollowed = 16;
/** How many schemas are taken from one document; a small one can refer to the same large schema many times. */
const maxSchemas = 50_000;

/** Takes schemas out of a document that somebody else wrote, each with all that it refers to there. */
export class DocumentSchemas {
  readonly #document: unknown;
  readonly #refuse: (why: string) => never;
  #taken = 0;

  constructor(document: unknown, refuse: (why: string) => never) {
    this.#document = document;
    this.#refuse = refuse;
  }

  /** The object that stands at a place, or that a reference there leads to. */
  followed(value: unknown, place: string): Readonly<Record<string, unknown>> {
    let found = value;
    for (let count = 0; count < maxFollowed; count += 1) {
      if (!isRecord(found)) return this.#refuse(`${place} is no object.`);
      const reference = found["$ref"];
      if (typeof reference !== "string") return found;
      found = pointedAt(this.#document, reference.slice(1));
    }
    return this.#refuse(`${place} is a reference that leads to no end.`);
  }

  /** The schema as one that refers to nothing outside it. */
  read(schema: unknown): unknown {
    if (!isRecord(schema)) return loosened(schema);
    const own = isRecord(schema["$defs"]) ? schema["$defs"] : {};
    const names = new Map<string, string>();
    const taken = new Set(Object.keys(own));
    const waiting: string[] = [];
    const within = (sub: JsonSchema): JsonSchema => {
      this.#taken += 1;
      if (this.#taken > maxSchemas) this.#refuse(`It comes to more than ${maxSchemas} schemas.`);
      const mapped = mapSubschemas(sub, within);
      const reference = sub["$ref"];
      if (typeof reference !== "string" || pointedAtDocument(this.#document, reference) === undefined)
        return mapped;
      let name = names.get(reference);
      if (name === undefined) {
        name = freeName(reference, taken);
        names.set(reference, name);
        waiting.push(reference);
      }
      return { ...mapped, $ref: `#/$defs/${name}` };
    };
    const root = within(schema);
    const definitions: Record<string, unknown> = {};
    for (let reference = waiting.shift(); reference !== undefined; reference = waiting.shift()) {
      const target = pointedAtDocument(this.#document, reference);
      definitions[names.get(reference) as string] = isRecord(target) ? within(target) : target;
    }
    if (names.size === 0) return loosened(root);
    const kept = isRecord(root["$defs"]) ? root["$defs"] : {};
    return loosened({ ...root, $defs: { ...kept, ...definitions } });
  }
}

/** What a reference means in the document; those to its very root are meant to that of the schema. */
function pointedAtDocument(document: unknown, reference: string): unknown {
  return reference.startsWith("#/") ? pointedAt(document, reference.slice(1)) : undefined;
}

function freeName(reference: string, taken: Set<string>): string {
  const last = reference.split("/").at(-1)?.replaceAll(/\W/g, "_").slice(0, 40) || "schema";
  let free = last;
  for (let count = 2; taken.has(free); count += 1) free = `${last}${count}`;
  taken.add(free);
  return free;
}
