import type { CompiledContract, CompiledError, CompiledMethod, ValueCheck } from "./compiled-contract.ts";
import type { Contract } from "./contract.ts";
import type { ErrorDefinition, MethodDefinition } from "./definition.ts";
import { JsonSchemaCheck } from "./json-schema-check.ts";
import type { JsonSchema } from "./keywords.ts";
import { type MatchingCheck, noParams, noResult, ParamsCheck, paramStructure } from "./params-check.ts";
import { isStandard, type Schema } from "./schema.ts";
import { SchemaValidators } from "./schema-validators.ts";
import { StandardCheck } from "./standard-check.ts";

const compiledContracts = new WeakMap<Contract, CompiledContract>();

/**
 * The contract ready to be used, the same one for the same contract. Each schema is compiled when the first value comes
 * to be checked with it.
 */
export function compiled(contract: Contract): CompiledContract {
  const known = compiledContracts.get(contract);
  if (known !== undefined) return known;
  const made = new Compiler(contract).compile();
  compiledContracts.set(contract, made);
  return made;
}

class Compiler {
  readonly #contract: Contract;
  readonly #validators: SchemaValidators;

  constructor(contract: Contract) {
    this.#contract = contract;
    this.#validators = new SchemaValidators(
      [...schemasOf(contract)].filter((schema) => !isStandard(schema)) as JsonSchema[],
    );
  }

  compile(): CompiledContract {
    const { name, methods, events, notifications } = this.#contract;
    return Object.freeze({
      name,
      methods: mapped(methods, (method, of) => this.#method(of, method)),
      events: mapped(events, (schema, of) => this.#params(schema, `event ${of}`)),
      notifications: mapped(notifications, (schema, of) => this.#params(schema, `notification ${of}`)),
    });
  }

  #method(
    name: string,
    { params, result, input, output, errors, idempotent }: MethodDefinition,
  ): CompiledMethod {
    const optional = (schema: Schema | undefined, part: string) =>
      schema === undefined ? null : this.#check(schema, `method ${name}, ${part}`);
    return Object.freeze({
      name,
      idempotent: idempotent ?? false,
      params: params === undefined ? noParams : this.#params(params, `method ${name}, params`),
      result: optional(result, "result") ?? noResult,
      input: optional(input, "input"),
      output: optional(output, "output"),
      errors: mapped(new Map(Object.entries(errors ?? {})), (error, of) => this.#error(name, of, error)),
    });
  }

  #error(method: string, name: string, { code, message, data }: ErrorDefinition): CompiledError {
    const check = data === undefined ? null : this.#check(data, `method ${method}, error ${name}`);
    return Object.freeze({ name, code, message: message ?? name, data: check });
  }

  #params(schema: Schema, place: string): ValueCheck {
    return new ParamsCheck(this.#check(schema, place), paramStructure(schema));
  }

  #check(schema: Schema, place: string): MatchingCheck {
    return isStandard(schema)
      ? new StandardCheck(schema, place)
      : new JsonSchemaCheck(schema as JsonSchema, this.#validators);
  }
}

function* schemasOf({ methods, events, notifications }: Contract): Generator<Schema> {
  for (const { params, result, input, output, errors } of methods.values()) {
    for (const schema of [params, result, input, output]) if (schema !== undefined) yield schema;
    for (const { data } of Object.values(errors ?? {})) if (data !== undefined) yield data;
  }
  yield* events.values();
  yield* notifications.values();
}

function mapped<A, B>(
  map: ReadonlyMap<string, A>,
  make: (value: A, name: string) => B,
): ReadonlyMap<string, B> {
  return new Map([...map].map(([name, value]) => [name, make(value, name)]));
}
