import { createHash, timingSafeEqual } from "node:crypto";
import { ParleyError } from "@parley/core";

/**
 * Compares what others send with secret tokens, in a time that says nothing of the tokens: digests are compared, which are
 * of one length, and all of them each time. Keeps the digests (SHA-256) alone.
 */
export class TokenCheck {
  readonly #digests: readonly Buffer[];

  /** @throws ParleyError `bad-option` if there is no token, or an empty one. */
  constructor(tokens: readonly string[]) {
    if (tokens.length === 0 || tokens.some((token) => typeof token !== "string" || token === "")) {
      throw new ParleyError(
        "bad-option",
        "token is missing or empty; give a text, or several, that nobody guesses.",
      );
    }
    this.#digests = tokens.map(digestOf);
  }

  accepts(candidate: string | Uint8Array): boolean {
    const given = digestOf(candidate);
    let found = false;
    for (const digest of this.#digests) found = timingSafeEqual(digest, given) || found;
    return found;
  }
}

function digestOf(token: string | Uint8Array): Buffer {
  return createHash("sha256").update(token).digest();
}
