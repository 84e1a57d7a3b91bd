import type { CompiledMethod, ValueCheck } from "../contract/compiled-contract.ts";
import { words } from "../engine/wire.ts";

const anything: ValueCheck = { toWire: (value) => value, fromWire: (value) => value };

function methodOf(name: string): CompiledMethod {
  return Object.freeze({
    name,
    idempotent: true,
    params: anything,
    result: anything,
    input: null,
    output: null,
    errors: new Map(),
  });
}

/** The requests of the protocol's own, as methods to be called. */
export const protocolMethods: Readonly<Record<"subscribe" | "unsubscribe" | "discover", CompiledMethod>> =
  Object.freeze({
    subscribe: methodOf(words.subscribe),
    unsubscribe: methodOf(words.unsubscribe),
    discover: methodOf(words.discover),
  });
