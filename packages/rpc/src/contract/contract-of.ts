import { ParleyError } from "@parley/core";
import type { Contract } from "./contract.ts";
import { DefinitionReader } from "./definition-reader.ts";
import { DocumentSchemas } from "./document-schemas.ts";
import { isRecord } from "./keywords.ts";
import { type ContentDescriptor, listedParams, type MethodExtension } from "./open-rpc.ts";

type Members = Readonly<Record<string, unknown>>;

/**
 * The contract that an OpenRPC document describes, whoever wrote it. Of its schemas, what is unknown or could be used to
 * slow us down is left out. A method without a result is a notification; methods that begin with `rpc.` are left out.
 * Errors get names after their messages.
 * @throws ParleyError `malformed`, which the other side is to blame for, naming what is wrong.
 */
export function contractOf(document: unknown): Contract {
  try {
    return new DocumentReader(document).read();
  } catch (error) {
    if (error instanceof RangeError) return refuse("It nests too deeply.");
    throw error;
  }
}

function refuse(why: string): never {
  throw new ParleyError("malformed", `The OpenRPC document cannot be used. ${why}`, { blame: "remote" });
}

class DocumentReader {
  readonly #document: Members;
  readonly #schemas: DocumentSchemas;

  constructor(document: unknown) {
    this.#document = membersOf(document, "The document");
    this.#schemas = new DocumentSchemas(this.#document, refuse);
  }

  read(): Contract {
    const { openrpc, info, methods } = this.#document;
    if (typeof openrpc !== "string" || !openrpc.startsWith("1.")) {
      refuse("It has no member openrpc that begins with 1., so it is none.");
    }
    const { title } = membersOf(info, "Its info");
    if (!Array.isArray(methods)) refuse("Its methods are no list.");
    const extension = extensionOf(this.#document, "The document");
    const read = {
      methods: new Map<string, object>(),
      events: this.#payloads(extension["events"], "events"),
      notifications: this.#payloads(extension["notifications"], "notifications"),
    };
    for (const [index, entry] of (methods as unknown[]).entries()) {
      const method = this.#schemas.followed(entry, `The method ${index}`);
      const { name } = method;
      if (typeof name !== "string") return refuse(`The method ${index} has no name.`);
      if (name.startsWith("rpc.")) continue;
      const place = `The method ${JSON.stringify(name.slice(0, 100))}`;
      if (read.methods.has(name) || read.notifications.has(name)) refuse(`${place} is there twice.`);
      if (method["result"] === undefined) read.notifications.set(name, this.#params(method, {}, place) ?? {});
      else read.methods.set(name, this.#method(method, place));
    }
    const name = typeof title === "string" && title !== "" ? title : "service";
    const definition = {
      methods: Object.fromEntries(read.methods),
      events: Object.fromEntries(read.events),
      notifications: Object.fromEntries(read.notifications),
    };
    return Object.freeze({ name, ...new DefinitionReader(name, refuse).read(definition) });
  }

  #payloads(value: unknown, kind: string): Map<string, unknown> {
    const payloads = Object.entries(membersOf(value ?? {}, `Its ${kind}`));
    return new Map(payloads.map(([name, schema]) => [name, this.#schemas.read(schema)]));
  }

  #method(method: Members, place: string): object {
    const extension: MethodExtension = extensionOf(method, place);
    const params = this.#params(method, extension, place);
    const { schema } = this.#schemas.followed(method["result"], `${place}, result,`);
    const errors =
      extension.errors === undefined ? this.#errors(method, place) : this.#ownErrors(extension.errors, place);
    const description = method["description"] ?? method["summary"];
    const optional = (name: string, value: unknown) =>
      value === undefined ? {} : { [name]: this.#schemas.read(value) };
    return {
      ...(params === undefined ? {} : { params }),
      ...(extension.noResult === true ? {} : { result: this.#schemas.read(schema ?? {}) }),
      ...optional("input", extension.input),
      ...optional("output", extension.output),
      ...(errors === undefined ? {} : { errors }),
      ...(extension.idempotent === undefined ? {} : { idempotent: extension.idempotent }),
      ...(typeof description === "string" ? { description } : {}),
    };
  }

  #params(method: Members, extension: MethodExtension, place: string): unknown {
    if (extension.params !== undefined) return this.#schemas.read(extension.params);
    const { params = [], paramStructure } = method;
    if (!Array.isArray(params)) return refuse(`${place} has params that are no list.`);
    if (params.length === 0) return undefined;
    const listed = params.map((param: unknown, index): ContentDescriptor => {
      const { name, required, schema } = this.#schemas.followed(param, `${place}, parameter ${index},`);
      if (typeof name !== "string") return refuse(`${place}, parameter ${index}, has no name.`);
      return { name, required: required === true, schema: schema ?? {} };
    });
    return this.#schemas.read(listedParams(listed, paramStructure));
  }

  #ownErrors(value: unknown, place: string): object {
    const errors = Object.entries(membersOf(value, `${place}, errors,`));
    return Object.fromEntries(
      errors.map(([name, error]) => {
        const { data, ...rest } = membersOf(error, `${place}, error ${JSON.stringify(name.slice(0, 100))},`);
        return [name, data === undefined ? rest : { ...rest, data: this.#schemas.read(data) }];
      }),
    );
  }

  /** OpenRPC's errors have no names, and JSON-RPC's own need none. */
  #errors(method: Members, place: string): object | undefined {
    const { errors } = method;
    if (errors === undefined) return undefined;
    if (!Array.isArray(errors)) return refuse(`${place} has errors that are no list.`);
    const named = new Map<string, object>();
    const codes = new Set<number>();
    for (const entry of errors as unknown[]) {
      const { code, message } = this.#schemas.followed(entry, `${place}, errors,`);
      if (typeof code !== "number" || !Number.isSafeInteger(code)) {
        return refuse(`${place} has an error without a code.`);
      }
      if ((code >= -32768 && code <= -32000) || codes.has(code)) continue;
      codes.add(code);
      const text = typeof message === "string" ? message : `error ${code}`;
      const name = errorName(text, code);
      named.set(named.has(name) ? `${name}${Math.abs(code)}` : name, { code, message: text });
    }
    return named.size === 0 ? undefined : Object.fromEntries(named);
  }
}

/** `Division by zero.` is `divisionByZero`. */
function errorName(message: string, code: number): string {
  const words = message.match(/[A-Za-z0-9]+/g)?.slice(0, 5) ?? [];
  const name = words
    .map((word) => word.slice(0, 20).toLowerCase())
    .map((word, index) => (index === 0 ? word : `${word[0]?.toUpperCase()}${word.slice(1)}`))
    .join("");
  return /^[a-z]/.test(name) ? name : `error${Math.abs(code)}`;
}

function extensionOf(value: Members, place: string): Members {
  return membersOf(value["x-parley"] ?? {}, `${place}, x-parley,`);
}

function membersOf(value: unknown, place: string): Members {
  return isRecord(value) ? value : refuse(`${place} is no object.`);
}
