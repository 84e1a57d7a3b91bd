import { anyCharacter, type PatternNode, patternTree } from "./pattern-tree.ts";

/** How the time that a pattern takes on a text that does not match grows with the text's length, at worst. */
export type PatternCost = "linear" | "polynomial" | "exponential";

/** A part repeated more often than this counts as repeated without end. */
const manyTimes = 100;
/** Within a part repeated so often, two readings of the same text become too many. */
const fewTimes = 4;
/** What a pattern may come to when its counts are multiplied out. */
const maxUnrolled = 10_000;

/**
 * An estimate, on the safe side: a repetition is taken for exponential unless each round of it can only be read in one
 * way, since its rounds have a fixed length, or begin or end with a character that occurs nowhere else in them.
 * @throws SyntaxError for a pattern that is no regular expression.
 */
export function patternCost(pattern: string): PatternCost {
  new RegExp(pattern, "u");
  const tree = patternTree(pattern);
  if (isExponential(tree) || unrolled(tree) > maxUnrolled) return "exponential";
  const parts = tree.kind === "sequence" ? tree.parts : [tree];
  if (!parts.some(isLoop)) return "linear";
  return parts[0]?.kind === "start" && !hasRivals(parts.slice(1)) ? "linear" : "polynomial";
}

function isExponential(node: PatternNode): boolean {
  switch (node.kind) {
    case "sequence":
    case "choice":
      return node.parts.some(isExponential);
    case "opaque":
      return node.of !== null && isExponential(node.of);
    case "repeat":
      return isExponential(node.of) || (node.max > fewTimes && !isFixed(node.of) && !isDelimited(node.of));
    default:
      return false;
  }
}

/** Whether all it can match has one length, read in one way. */
function isFixed(node: PatternNode): boolean {
  switch (node.kind) {
    case "sequence":
      return node.parts.every(isFixed);
    case "repeat":
      return node.min === node.max && isFixed(node.of);
    case "choice":
    case "opaque":
      return false;
    default:
      return true;
  }
}

/** Whether it is seen from the characters where each round of repeating it begins, or ends. */
function isDelimited(node: PatternNode): boolean {
  const alternatives = node.kind === "choice" ? node.parts : [node];
  const rounds = alternatives.map((alternative) =>
    alternative.kind === "sequence" ? alternative.parts : [alternative],
  );
  return areApart(rounds) || (rounds.length === 1 && areApart([(rounds[0] ?? []).toReversed()]));
}

function areApart(rounds: readonly (readonly PatternNode[])[]): boolean {
  let firsts = 0n;
  for (const [first] of rounds) {
    if (first?.kind !== "set" || (first.set & firsts) !== 0n) return false;
    firsts |= first.set;
  }
  return rounds.every((round) => {
    const rest = round.slice(1);
    return rest.every(isFixed) || rest.every((part) => (alphabetOf(part) & firsts) === 0n);
  });
}

/** Every character that it may take. */
function alphabetOf(node: PatternNode): bigint {
  switch (node.kind) {
    case "set":
      return node.set;
    case "sequence":
    case "choice":
      return node.parts.reduce((set, part) => set | alphabetOf(part), 0n);
    case "repeat":
      return alphabetOf(node.of);
    case "opaque":
      return anyCharacter;
    default:
      return 0n;
  }
}

function isLoop(node: PatternNode): boolean {
  switch (node.kind) {
    case "sequence":
    case "choice":
      return node.parts.some(isLoop);
    case "repeat":
      return node.max > manyTimes || isLoop(node.of);
    case "opaque":
      return true;
    default:
      return false;
  }
}

/** Whether two loops can share out the same characters between them in many ways. */
function hasRivals(parts: readonly PatternNode[]): boolean {
  let open: bigint[] = [];
  for (const part of parts) {
    const alphabet = alphabetOf(part);
    if (isLoop(part)) {
      if (part.kind !== "repeat") return true;
      const round = part.of.kind === "sequence" ? part.of.parts : [part.of];
      if (hasRivals(round)) return true;
      const [first] = round;
      const entry = first?.kind === "set" ? first.set : alphabet;
      if (open.some((set) => (set & entry) !== 0n)) return true;
      open.push(alphabet);
    } else if (part.kind === "set") {
      open = open.filter((set) => (set & alphabet) !== 0n);
    }
  }
  return false;
}

function unrolled(node: PatternNode): number {
  switch (node.kind) {
    case "sequence":
    case "choice":
      return node.parts.reduce((sum, part) => sum + unrolled(part), 1);
    case "repeat":
      return unrolled(node.of) * Math.max(1, Number.isFinite(node.max) ? node.max : node.min);
    case "opaque":
      return node.of === null ? 1 : unrolled(node.of);
    default:
      return 1;
  }
}
