/** One place where a value does not match its schema; this is the data of a -32602 answer. */
export interface MismatchIssue {
  /** Where, as a JSON Pointer (RFC 6901); empty for the value itself. */
  readonly path: string;
  /** What the schema wants there, for people: `number`, `at most 10`. */
  readonly expected: string;
  /** What stands there, its type or, of something short and harmless, itself: `string`, `11`, `nothing`. */
  readonly actual: string;
}

/** A value does not match its schema. Never leaves the package: it becomes a `MismatchError`, or an answer. */
export class Mismatch extends Error {
  readonly issues: readonly MismatchIssue[];

  constructor(issues: readonly MismatchIssue[]) {
    super(
      issues
        .map(({ path, expected, actual }) => `${path || "it"} must be ${expected}, not ${actual}`)
        .join("; "),
    );
    this.issues = issues;
  }
}
