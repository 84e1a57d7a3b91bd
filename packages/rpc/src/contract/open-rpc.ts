import { isRecord, type JsonSchema } from "./keywords.ts";

/** The version of OpenRPC that documents are written in. */
export const openRpcVersion = "1.3.2";

/** A parameter or a result, as OpenRPC describes it. */
export interface ContentDescriptor {
  readonly name: string;
  readonly required?: boolean;
  readonly schema: unknown;
}

/** What OpenRPC has no word for in a method; under `x-parley`. Nothing of it need be there. */
export interface MethodExtension {
  /** The whole schema of the parameters, where the list of them does not say all. */
  readonly params?: unknown;
  /** The result is null, and not a value of its own. */
  readonly noResult?: boolean;
  readonly input?: unknown;
  readonly output?: unknown;
  /** With the schemas of their data. */
  readonly errors?: object;
  readonly idempotent?: boolean;
}

/** How parameters may be given. */
export type ParamStructureName = "by-name" | "by-position" | "either";

/** The schema of parameters that are listed one by one: of an object, or of an array. */
export function listedParams(params: readonly ContentDescriptor[], structure: unknown): JsonSchema {
  const required = params.filter((param) => param.required === true);
  if (structure === "by-position") {
    return {
      type: "array",
      items: params.map(({ schema }) => schema),
      minItems: required.length,
      additionalItems: false,
    };
  }
  return {
    type: "object",
    properties: Object.fromEntries(params.map(({ name, schema }) => [name, schema])),
    ...(required.length === 0 ? {} : { required: required.map(({ name }) => name) }),
  };
}

/** Whether the two are the same JSON, the order of members aside. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSameJson(item, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSameJson(a[name], b[name]))
  );
}
