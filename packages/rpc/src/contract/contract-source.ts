import { contractOf } from "./contract-of.ts";
import type { ErrorDefinition, MethodDefinition } from "./definition.ts";
import type { Schema } from "./schema.ts";
import { commentSource, keySource, literalSource, stringSource } from "./source-text.ts";

export interface ContractSourceOptions {
  /** The module that `contract` is imported from. Default `@parley/rpc`. */
  readonly from?: string;
}

/** What cannot be the name of a constant in a module. */
const reserved = new Set(
  (
    "arguments await break case catch class const continue contract debugger default delete do else enum eval export " +
    "extends false finally for function if implements import in instanceof interface let new null package private " +
    "protected public return static super switch this throw true try typeof undefined var void while with yield"
  ).split(" "),
);

/**
 * The TypeScript source of a module that exports the contract which an OpenRPC document describes, named after it. The
 * document may be of any origin: whatever it says becomes string literals and comments, and nothing else.
 * @throws ParleyError `malformed`, as {@link contractOf} does.
 */
export function contractSource(
  document: unknown,
  { from = "@parley/rpc" }: ContractSourceOptions = {},
): string {
  const { name, methods, events, notifications } = contractOf(document);
  const groups = [
    groupSource("methods", methods, methodSource),
    groupSource("events", events, payloadSource),
    groupSource("notifications", notifications, payloadSource),
  ].join("");
  return `import { contract } from ${stringSource(from)};

export const ${constantName(name)} = contract(${stringSource(name)}, {${groups === "" ? "" : `\n${groups}`}});
`;
}

function groupSource<T>(
  group: string,
  members: ReadonlyMap<string, T>,
  source: (name: string, member: T) => string,
): string {
  if (members.size === 0) return "";
  return `  ${group}: {\n${[...members].map(([name, member]) => source(name, member)).join("")}  },\n`;
}

function methodSource(name: string, method: MethodDefinition): string {
  const { description, errors, idempotent, ...schemas } = method;
  const parts = [
    ...(description === undefined ? [] : [`      description: ${stringSource(description)},\n`]),
    ...Object.entries(schemas).map(
      ([part, schema]) => `      ${part}: ${literalSource(schema, "      ", part.length + 3)},\n`,
    ),
    ...(errors === undefined ? [] : [errorsSource(errors)]),
    ...(idempotent === undefined ? [] : [`      idempotent: ${idempotent},\n`]),
  ];
  const body = parts.length === 0 ? "{}" : `{\n${parts.join("")}    }`;
  return `${commentSource(description ?? "", "    ")}    ${keySource(name)}: ${body},\n`;
}

function errorsSource(errors: Readonly<Record<string, ErrorDefinition>>): string {
  return `      errors: ${literalSource(errors, "      ", 9)},\n`;
}

function payloadSource(name: string, schema: Schema): string {
  const key = keySource(name);
  return `    ${key}: ${literalSource(schema, "    ", key.length + 3)},\n`;
}

/** `My service` is `myService`. */
function constantName(name: string): string {
  const words = name.match(/[A-Za-z0-9]+/g) ?? [];
  const joined = words
    .map(
      (word, index) =>
        (index === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1),
    )
    .join("")
    .slice(0, 60);
  if (joined === "") return "service";
  if (/^\d/.test(joined)) return `service${joined}`;
  return reserved.has(joined) ? `${joined}Contract` : joined;
}
