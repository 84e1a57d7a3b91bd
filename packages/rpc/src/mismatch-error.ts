import { type Blame, ParleyError } from "@parley/core";
import type { Mismatch, MismatchIssue } from "./contract/mismatch.ts";

/** Code `mismatch`: a value does not match the contract. By `blame`: it was to be sent, or the other side has sent it. */
export class MismatchError extends ParleyError {
  readonly issues: readonly MismatchIssue[];

  /** @param what for people: `the parameters of add`. */
  constructor(what: string, mismatch: Mismatch, blame: Blame) {
    super("mismatch", `The contract is not met by ${what}: ${mismatch.message}.`, { blame });
    this.issues = mismatch.issues;
  }
}
