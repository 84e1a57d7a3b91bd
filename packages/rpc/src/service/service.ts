import { ParleyError } from "@parley/core";
import { compiled } from "../contract/compiled.ts";
import type { CompiledContract, CompiledMethod, ValueCheck } from "../contract/compiled-contract.ts";
import type { Contract } from "../contract/contract.ts";
import { openRpcDocument } from "../contract/open-rpc-document.ts";
import type { Signature } from "../contract/signature.ts";
import type { CallContext, Implementation } from "./implementation.ts";

/**
 * Stands around every call: may look at it, change what `next` is given or what it returned, or throw in its place. Of a stream, `next`
 * returns the iteration.
 */
export type CallMiddleware<C = unknown> = (
  params: unknown,
  context: CallContext<never, C>,
  next: (params: unknown) => unknown,
) => unknown;

/** A method with the function behind it, middleware and all. */
export interface ServedMethod {
  readonly compiled: CompiledMethod;
  run(params: unknown, context: CallContext<never, unknown>): unknown;
}

/** A notification with the function behind it. */
export interface ServedNotification {
  readonly check: ValueCheck;
  run(params: unknown, context: { readonly connection: unknown }): unknown;
}

/** What one side of a session serves. */
export interface Service {
  readonly contract: CompiledContract;
  /** The OpenRPC document, for `rpc.discover`. */
  readonly document: unknown;
  readonly methods: ReadonlyMap<string, ServedMethod>;
  readonly notifications: ReadonlyMap<string, ServedNotification>;
}

type Run = ServedMethod["run"];

/**
 * Puts a contract and its implementation together, the first middleware outermost.
 * @throws ParleyError `bad-option` for a method without a function, or a function without a method.
 */
export function service<S extends Signature, C>(
  contract: Contract<S>,
  implementation: Implementation<S, C>,
  middleware: readonly CallMiddleware<C>[] = [],
): Service {
  const checks = compiled(contract);
  const given = new Map<string, unknown>(Object.entries(implementation));
  const take = (kind: string, name: string): Run => {
    const run = given.get(name);
    given.delete(name);
    if (typeof run === "function") return (params, context) => run.call(implementation, params, context);
    throw new ParleyError(
      "bad-option",
      `The ${kind} ${name} has no implementation; give a function of that name.`,
    );
  };
  const methods = new Map<string, ServedMethod>();
  for (const [name, method] of checks.methods) {
    const run = (middleware as readonly CallMiddleware[]).reduceRight(wrapped, take("method", name));
    methods.set(name, { compiled: method, run });
  }
  const notifications = new Map<string, ServedNotification>();
  for (const [name, check] of checks.notifications) {
    const run = take("notification", name) as ServedNotification["run"];
    notifications.set(name, { check, run });
  }
  const [unknown] = given.keys();
  if (unknown !== undefined) {
    throw new ParleyError(
      "bad-option",
      `The contract ${checks.name} has no method and no notification ${unknown}; add it there, or take the function away.`,
    );
  }
  let document: unknown;
  return Object.freeze({
    contract: checks,
    get document() {
      document ??= openRpcDocument(contract);
      return document;
    },
    methods,
    notifications,
  });
}

function wrapped(next: Run, around: CallMiddleware): Run {
  return (params, context) => around(params, context, (changed) => next(changed, context));
}
