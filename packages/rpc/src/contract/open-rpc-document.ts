import type { Contract } from "./contract.ts";
import type { ErrorDefinition, MethodDefinition } from "./definition.ts";
import { isRecord, type JsonSchema, mapSubschemas, pointedAt, pointerTo } from "./keywords.ts";
import {
  type ContentDescriptor,
  isSameJson,
  listedParams,
  type MethodExtension,
  openRpcVersion,
  type ParamStructureName,
} from "./open-rpc.ts";
import { paramStructure } from "./params-check.ts";
import { isStandard, type Schema } from "./schema.ts";
import { jsonSchemaOf } from "./standard-json-schema.ts";

/**
 * The OpenRPC 1.3 document of a contract, plain JSON. Streams, data of errors, `idempotent`, events and notifications stand
 * in it under `x-parley`, so that {@link contractOf} makes the same contract of it. The schema of a value is that of what
 * is sent; of a Standard Schema whose library offers no JSON Schema it lets everything pass, and says so.
 */
export function openRpcDocument(contract: Contract): object {
  return new DocumentWriter(contract).write();
}

class DocumentWriter {
  readonly #contract: Contract;
  readonly #components: Record<string, unknown> = {};

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  write(): object {
    const { name, methods, events, notifications } = this.#contract;
    const payloads = (map: ReadonlyMap<string, Schema>, kind: string) =>
      Object.fromEntries([...map].map(([of, schema]) => [of, this.#schema(schema, `${kind}.${of}`)]));
    const extension = {
      ...(events.size === 0 ? {} : { events: payloads(events, "event") }),
      ...(notifications.size === 0 ? {} : { notifications: payloads(notifications, "notification") }),
    };
    const written = [...methods].map(([of, method]) => this.#method(of, method));
    return {
      openrpc: openRpcVersion,
      info: { title: name, version: "0.0.0" },
      methods: written,
      ...(isEmpty(extension) ? {} : { "x-parley": extension }),
      ...(isEmpty(this.#components) ? {} : { components: { schemas: this.#components } }),
    };
  }

  #method(name: string, method: MethodDefinition): object {
    const { params, result, input, output, errors, idempotent, description } = method;
    const whole = params === undefined ? undefined : this.#schema(params, `${name}.params`);
    const structure = params === undefined ? [] : paramStructure(params);
    const listed = whole === undefined || structure === null ? [] : this.#listed(whole, structure);
    const style: ParamStructureName =
      structure === "array" ? "by-position" : structure === null ? "by-name" : "either";
    const extension: MethodExtension = {
      ...(whole === undefined || isSameJson(whole, listedParams(listed, style)) ? {} : { params: whole }),
      ...(result === undefined ? { noResult: true } : {}),
      ...(input === undefined ? {} : { input: this.#schema(input, `${name}.input`) }),
      ...(output === undefined ? {} : { output: this.#schema(output, `${name}.output`) }),
      ...(errors === undefined ? {} : { errors: this.#errors(name, errors) }),
      ...(idempotent === undefined ? {} : { idempotent }),
    };
    return {
      name,
      ...(description === undefined ? {} : { description }),
      params: listed,
      paramStructure: style,
      result: {
        name: "result",
        schema: result === undefined ? { type: "null" } : this.#schema(result, `${name}.result`),
      },
      ...(errors === undefined
        ? {}
        : {
            errors: Object.entries(errors).map(([of, { code, message }]) => ({
              code,
              message: message ?? of,
            })),
          }),
      ...(isEmpty(extension) ? {} : { "x-parley": extension }),
    };
  }

  #errors(method: string, errors: Readonly<Record<string, ErrorDefinition>>): object {
    return Object.fromEntries(
      Object.entries(errors).map(([name, { data, ...rest }]) => [
        name,
        data === undefined ? rest : { ...rest, data: this.#schema(data, `${method}.${name}`) },
      ]),
    );
  }

  /** The parameters one by one; of a schema that is a component, each refers into it. */
  #listed(whole: JsonSchema, structure: readonly string[] | "array"): readonly ContentDescriptor[] {
    const { root, pointer } = this.#described(whole, "");
    const { properties, items, required, minItems } = root;
    const at = (keyword: string, step: string | number, schema: unknown) =>
      pointer === "" ? schema : { $ref: fragmentTo(`${pointer}/${keyword}`, step) };
    if (structure === "array") {
      return (Array.isArray(items) ? items : []).map((schema: unknown, index) => ({
        name: `p${index}`,
        required: index < (typeof minItems === "number" ? minItems : 0),
        schema: at("items", index, schema),
      }));
    }
    return structure.map((name) => ({
      name,
      required: Array.isArray(required) && required.includes(name),
      schema: at("properties", name, isRecord(properties) ? properties[name] : {}),
    }));
  }

  /** What a schema that is only a reference to a component refers to in the end. */
  #described(schema: JsonSchema, pointer: string): { readonly root: JsonSchema; readonly pointer: string } {
    const reference = schema["$ref"];
    if (typeof reference !== "string" || pointer === reference) return { root: schema, pointer };
    const target = pointedAtComponent(this.#components, reference);
    return isRecord(target) ? this.#described(target, reference) : { root: schema, pointer };
  }

  #schema(schema: Schema, key: string): JsonSchema {
    const plain = isStandard(schema)
      ? (jsonSchemaOf(schema) ?? {
          $comment: `Checked by a schema of ${schema["~standard"].vendor} that offers no JSON Schema.`,
        })
      : (schema as JsonSchema);
    if (!hasReference(plain)) return plain;
    const name = this.#freeName(key);
    const place = `#/components/schemas/${name}`;
    this.#components[name] = withReferences(plain, place);
    return { $ref: place };
  }

  /** OpenRPC names components with letters, digits, dots, dashes and underscores only. */
  #freeName(key: string): string {
    const name = key.replaceAll(/[^A-Za-z0-9._-]/g, "_");
    let free = name;
    for (let count = 2; Object.hasOwn(this.#components, free); count += 1) free = `${name}-${count}`;
    return free;
  }
}

function pointedAtComponent(components: object, reference: string): unknown {
  return pointedAt({ components: { schemas: components } }, reference.slice(1));
}

function hasReference(schema: JsonSchema): boolean {
  let found = "$ref" in schema;
  mapSubschemas(schema, (sub) => {
    found ||= hasReference(sub);
    return sub;
  });
  return found;
}

/** The schema with the references within it made such to `place`, where it stands in the document. */
function withReferences(schema: JsonSchema, place: string): JsonSchema {
  const mapped = mapSubschemas(schema, (sub) => withReferences(sub, place));
  const reference = schema["$ref"];
  return typeof reference === "string" ? { ...mapped, $ref: `${place}${reference.slice(1)}` } : mapped;
}

function fragmentTo(fragment: string, step: string | number): string {
  return `${fragment}/${encodeURIComponent(pointerTo("", step).slice(1))}`;
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
