import type { ErrorDefinition, MethodDefinition } from "./definition.ts";
import { isRecord } from "./keywords.ts";
import { plainSchema } from "./plain-schema.ts";
import { isStandard, type Schema } from "./schema.ts";

/** A definition that has been checked; its JSON Schemas are plain, its names all different. */
export interface CheckedDefinition {
  readonly methods: ReadonlyMap<string, MethodDefinition>;
  readonly events: ReadonlyMap<string, Schema>;
  readonly notifications: ReadonlyMap<string, Schema>;
}

const definitionMembers = new Set(["methods", "events", "notifications"]);
const methodMembers = new Set([
  "params",
  "result",
  "input",
  "output",
  "errors",
  "idempotent",
  "description",
] satisfies (keyof MethodDefinition)[]);
const errorMembers = new Set(["code", "message", "data"] satisfies (keyof ErrorDefinition)[]);
const scalarTypes = new Set(["null", "boolean", "number", "integer", "string"]);

/** Checks what a contract is to be made of. */
export class DefinitionReader {
  readonly #contract: string;
  readonly #refuse: (message: string) => never;
  /** What each name stands for already. */
  readonly #taken = new Map<string, string>();

  constructor(contract: string, refuse: (message: string) => never) {
    if (typeof contract !== "string" || contract === "") {
      refuse(`The name of a contract is a string of at least one character, not ${shown(contract)}.`);
    }
    this.#contract = contract;
    this.#refuse = refuse;
  }

  read(definition: object): CheckedDefinition {
    this.#checkMembers(definition, definitionMembers, "The contract");
    const { methods, events, notifications } = definition as Readonly<Record<string, unknown>>;
    return Object.freeze({
      methods: this.#named("method", methods, (value, place) => this.#method(value, place)),
      events: this.#named("event", events, (value, place) => this.#payload(value, place)),
      notifications: this.#named("notification", notifications, (value, place) =>
        this.#payload(value, place),
      ),
    });
  }

  #named<T>(kind: string, value: unknown, read: (value: unknown, place: string) => T): Map<string, T> {
    const named = new Map<string, T>();
    if (value === undefined) return named;
    if (!isRecord(value)) return this.#fault(`The ${kind}s`, `are an object, not ${shown(value)}`);
    for (const [name, one] of Object.entries(value)) {
      const place = `The ${kind} ${shown(name)}`;
      if (name === "") this.#fault(place, "has an empty name");
      if (name.startsWith("$/") || name.startsWith("rpc.")) {
        this.#fault(place, "has a name that begins with $/ or rpc., which are the protocol's own");
      }
      const other = this.#taken.get(name);
      if (other !== undefined) this.#fault(place, `has the name of another ${other}`);
      this.#taken.set(name, kind);
      named.set(name, read(one, place));
    }
    return named;
  }

  #method(value: unknown, place: string): MethodDefinition {
    if (!isRecord(value)) return this.#fault(place, `is an object, not ${shown(value)}`);
    this.#checkMembers(value, methodMembers, place);
    const { params, result, input, output, errors, idempotent, description } = value;
    if (idempotent !== undefined && typeof idempotent !== "boolean") {
      this.#fault(place, `has idempotent: ${shown(idempotent)}; it is true or false`);
    }
    if (description !== undefined && typeof description !== "string") {
      this.#fault(place, "has a description that is no string");
    }
    const schema = (member: string, given: unknown) =>
      given === undefined ? {} : { [member]: this.#schema(given, `${place}, ${member},`) };
    return Object.freeze({
      ...(params === undefined ? {} : { params: this.#payload(params, `${place}, params,`) }),
      ...schema("result", result),
      ...schema("input", input),
      ...schema("output", output),
      ...(errors === undefined ? {} : { errors: this.#errors(errors, place) }),
      ...(idempotent === undefined ? {} : { idempotent }),
      ...(description === undefined ? {} : { description }),
    });
  }

  #errors(value: unknown, place: string): Readonly<Record<string, ErrorDefinition>> {
    if (!isRecord(value)) return this.#fault(place, "has errors that are no object");
    const errors: [string, ErrorDefinition][] = [];
    const codes = new Map<number, string>();
    for (const [name, error] of Object.entries(value)) {
      const here = `${place}, error ${shown(name)},`;
      if (name === "") this.#fault(here, "has an empty name");
      if (!isRecord(error)) return this.#fault(here, `is an object, not ${shown(error)}`);
      this.#checkMembers(error, errorMembers, here);
      const { code, message, data } = error;
      if (!isFreeCode(code)) {
        this.#fault(here, `has the code ${shown(code)}; it is an integer outside -32768 to -32000`);
      }
      const other = codes.get(code as number);
      if (other !== undefined) this.#fault(here, `has the code ${shown(code)} of the error ${shown(other)}`);
      codes.set(code as number, name);
      if (message !== undefined && typeof message !== "string") {
        this.#fault(here, "has a message that is no string");
      }
      const checked = {
        code: code as number,
        ...(message === undefined ? {} : { message: message as string }),
        ...(data === undefined ? {} : { data: this.#schema(data, `${here} data,`) }),
      };
      errors.push([name, Object.freeze(checked)]);
    }
    return Object.freeze(Object.fromEntries(errors));
  }

  /** JSON-RPC carries parameters, of notifications too, as an object or an array. */
  #payload(value: unknown, place: string): Schema {
    const schema = this.#schema(value, place);
    const { type, bytes, bigint } = schema as Readonly<Record<string, unknown>>;
    if (scalarTypes.has(type as string) || bytes === true || bigint === true) {
      this.#fault(place, "is of a type that JSON-RPC does not carry there; make it an object or an array");
    }
    return schema;
  }

  #schema(value: unknown, place: string): Schema {
    if (typeof value === "function" || isRecord(value)) {
      if (isStandard(value)) {
        const { validate } = (value["~standard"] ?? {}) as { readonly validate?: unknown };
        return typeof validate === "function"
          ? value
          : this.#fault(place, "is a Standard Schema without a validate function");
      }
    }
    return plainSchema(value, (why) => this.#fault(place, why));
  }

  #checkMembers(value: object, known: ReadonlySet<string>, place: string): void {
    const unknown = Object.keys(value).find((member) => !known.has(member));
    if (unknown === undefined) return;
    this.#fault(place, `has the member ${shown(unknown)}; known are ${[...known].join(", ")}`);
  }

  #fault(place: string, why: string): never {
    const of = place === "The contract" ? "" : ` of the contract ${shown(this.#contract)}`;
    return this.#refuse(`${place.replace(/,$/, "")}${of} ${why}.`);
  }
}

function isFreeCode(code: unknown): boolean {
  return Number.isSafeInteger(code) && ((code as number) < -32768 || (code as number) > -32000);
}

/** What was given, short enough for a message. */
function shown(value: unknown): string {
  const text = typeof value === "string" || typeof value === "number" ? JSON.stringify(value) : typeof value;
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
