/** What the first bytes of a connection say of a protocol: it is it, it is not, or more bytes must tell. */
export type MatchResult = "yes" | "no" | "more";

/** Whether `bytes` begin with `lowerCase`, in any case. */
export function beginsWith(bytes: Uint8Array, lowerCase: string): MatchResult {
  const length = Math.min(bytes.length, lowerCase.length);
  for (let at = 0; at < length; at++) {
    if (String.fromCharCode(bytes[at] as number).toLowerCase() !== lowerCase[at]) return "no";
  }
  return length === lowerCase.length ? "yes" : "more";
}

/** The best of several answers. */
export function anyOf(...results: readonly MatchResult[]): MatchResult {
  return results.includes("yes") ? "yes" : results.includes("more") ? "more" : "no";
}
