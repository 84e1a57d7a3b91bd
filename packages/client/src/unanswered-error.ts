import { ParleyError } from "@parley/core";

/** Code `unanswered`: more than `maxLate` requests were given up whose replies are still to come, so the channel was closed. */
export class UnansweredError extends ParleyError {
  readonly maxLate: number;

  constructor(maxLate: number) {
    super(
      "unanswered",
      `The channel was closed: ${maxLate + 1} requests were given up and are still unanswered, ${maxLate} are allowed. Connect again, or raise maxLate or timeoutMs.`,
      { blame: "remote" },
    );
    this.maxLate = maxLate;
  }
}
