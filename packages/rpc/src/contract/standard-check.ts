import { ParleyError } from "@parley/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ValueCheck } from "./compiled-contract.ts";
import { foundValue, shownPath, shownText } from "./found.ts";
import { pointerTo } from "./keywords.ts";
import { Mismatch, type MismatchIssue } from "./mismatch.ts";

const maxIssues = 10;
const maxMessage = 120;

/** The check of a Standard Schema's values: what is sent is what was given, what is taken is what the schema makes of it. */
export class StandardCheck implements ValueCheck {
  readonly #schema: StandardSchemaV1;
  readonly #place: string;

  /** @param place for people: `method "add", params`. */
  constructor(schema: StandardSchemaV1, place: string) {
    this.#schema = schema;
    this.#place = place;
  }

  toWire(value: unknown): unknown {
    this.fromWire(value);
    return value;
  }

  /** @throws {@link Mismatch}; ParleyError `bad-option` if the schema answers with a promise. */
  fromWire(value: unknown): unknown {
    const result = this.#result(value);
    if (result.issues === undefined) return result.value;
    throw new Mismatch(result.issues.slice(0, maxIssues).map((issue) => issueOf(issue, value)));
  }

  matches(value: unknown): boolean {
    return this.#result(value).issues === undefined;
  }

  #result(value: unknown): StandardSchemaV1.Result<unknown> {
    const result = this.#schema["~standard"].validate(value);
    if (!(result instanceof Promise)) return result;
    result.catch(() => {});
    throw new ParleyError(
      "bad-option",
      `The schema of ${this.#place} answers with a promise; a contract needs one that answers at once.`,
    );
  }
}

/** Some libraries say what was expected apart from the message, which also says what they got. */
function issueOf(
  issue: StandardSchemaV1.Issue & { readonly expected?: unknown },
  value: unknown,
): MismatchIssue {
  let path = "";
  let found: unknown = value;
  for (const step of issue.path ?? []) {
    const key = typeof step === "object" ? step.key : step;
    path = pointerTo(path, String(key));
    found = typeof found === "object" && found !== null ? Reflect.get(found, key) : undefined;
  }
  const expected = typeof issue.expected === "string" ? issue.expected : `right (${issue.message})`;
  return { path: shownPath(path), expected: shownText(expected, maxMessage), actual: foundValue(found) };
}
