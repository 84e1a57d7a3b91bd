import { ParleyError } from "@parley/core";
import type { Contract, SignatureOf } from "./contract.ts";
import type { Signature } from "./signature.ts";

type Kind = keyof Signature;
const kinds = ["methods", "events", "notifications"] as const satisfies readonly Kind[];

type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void
  ? I
  : never;
/** Shows what it comes to, without its parts. */
type Flat<T, K extends Kind> = T extends Signature[K] ? { readonly [N in keyof T]: T[N] } : never;

/** All of one kind, of contracts side by side. */
type Joined<C extends readonly Contract[], K extends Kind> = Flat<
  Intersection<{ [I in keyof C]: SignatureOf<C[I]>[K] }[number]>,
  K
>;

/** All of one kind, each behind its group's name. */
type Grouped<C, K extends Kind> = Flat<
  Intersection<{ [G in keyof C & string]: Prefixed<G, SignatureOf<C[G]>[K]> }[keyof C & string]>,
  K
>;
type Prefixed<G extends string, T> = { [N in keyof T & string as `${G}.${N}`]: T[N] };

/**
 * One contract of several: those given side by side keep their names, those given as an object stand behind theirs and a
 * dot, `{ math }` makes `math.add` of `add`.
 * @throws ParleyError `bad-option` for a name that two of them have.
 */
export function merge<const C extends readonly [Contract, ...Contract[]]>(
  name: string,
  ...contracts: C
): Contract<{
  readonly methods: Joined<C, "methods">;
  readonly events: Joined<C, "events">;
  readonly notifications: Joined<C, "notifications">;
}>;
export function merge<const C extends Readonly<Record<string, Contract>>>(
  name: string,
  groups: C,
): Contract<{
  readonly methods: Grouped<C, "methods">;
  readonly events: Grouped<C, "events">;
  readonly notifications: Grouped<C, "notifications">;
}>;
export function merge(name: string, ...given: readonly unknown[]): Contract {
  if (typeof name !== "string" || name === "") {
    throw new ParleyError("bad-option", "The name of a contract is a string of at least one character.");
  }
  const merged = { methods: new Map(), events: new Map(), notifications: new Map() };
  const taken = new Map<string, string>();
  for (const [group, contract] of groupsOf(given)) {
    for (const kind of kinds) {
      for (const [inner, value] of contract[kind]) {
        const full = group === null ? inner : `${group}.${inner}`;
        const other = taken.get(full);
        if (other !== undefined) {
          throw new ParleyError(
            "bad-option",
            `The contracts ${other} and ${contract.name} both have ${full}; rename one, or merge them as groups.`,
          );
        }
        taken.set(full, contract.name);
        merged[kind].set(full, value);
      }
    }
  }
  return Object.freeze({ name, ...merged });
}

function groupsOf(given: readonly unknown[]): [string | null, Contract][] {
  const [first] = given;
  if (given.length !== 1 || isContract(first)) {
    return given.map((contract) => [null, checked(contract)]);
  }
  if (typeof first !== "object" || first === null) return [[null, checked(first)]];
  return Object.entries(first).map(([group, contract]) => {
    if (group === "" || group.startsWith("$/") || group === "rpc" || group.startsWith("rpc.")) {
      throw new ParleyError(
        "bad-option",
        `The group ${JSON.stringify(group)} is not possible; names are not empty, and do not begin with $/ or rpc.`,
      );
    }
    return [group, checked(contract)];
  });
}

function isContract(value: unknown): value is Contract {
  return (
    typeof value === "object" &&
    value !== null &&
    kinds.every((kind) => Reflect.get(value, kind) instanceof Map)
  );
}

function checked(value: unknown): Contract {
  if (isContract(value)) return value;
  throw new ParleyError(
    "bad-option",
    `merge takes contracts, not ${value === null ? "null" : typeof value}.`,
  );
}
