/**
 * What a regular expression is made of, as far as its cost depends on it. A set of characters is a bit for each of
 * ASCII and one for all others.
 */
export type PatternNode =
  | { readonly kind: "set"; readonly set: bigint }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly of: PatternNode; readonly min: number; readonly max: number }
  | { readonly kind: "start" }
  /** Takes nothing: `$`, `\b`. */
  | { readonly kind: "edge" }
  /** Looks ahead or back, or refers back: may be anything. */
  | { readonly kind: "opaque"; readonly of: PatternNode | null };

const others = 1n << 128n;
export const anyCharacter: bigint = (1n << 129n) - 1n;
const digits = rangeOf(0x30, 0x39);
const word = digits | rangeOf(0x41, 0x5a) | rangeOf(0x61, 0x7a) | bitOf(0x5f);
const space = rangeOf(9, 13) | bitOf(32) | others;
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

/** Reads a pattern that `RegExp` has accepted with the flag `u`. */
export function patternTree(pattern: string): PatternNode {
  return new Reader(pattern).choice();
}

function bitOf(code: number): bigint {
  return code < 128 ? 1n << BigInt(code) : others;
}

function rangeOf(from: number, to: number): bigint {
  let set = to >= 128 ? others : 0n;
  for (let code = from; code <= Math.min(to, 127); code += 1) set |= bitOf(code);
  return set;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  choice(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#took("|")) parts.push(this.#sequence());
    return parts.length === 1 ? (parts[0] as PatternNode) : { kind: "choice", parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#text.length && !"|)".includes(this.#text[this.#at] as string)) {
      const part = this.#repeated(this.#atom());
      if (part.kind === "sequence") parts.push(...part.parts);
      else parts.push(part);
    }
    return { kind: "sequence", parts };
  }

  #repeated(of: PatternNode): PatternNode {
    const counts = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(this.#text.slice(this.#at, this.#at + 40))?.[0];
    if (counts === undefined) return of;
    this.#at += counts.length;
    this.#took("?");
    if (counts === "*") return { kind: "repeat", of, min: 0, max: Number.POSITIVE_INFINITY };
    if (counts === "+") return { kind: "repeat", of, min: 1, max: Number.POSITIVE_INFINITY };
    if (counts === "?") return { kind: "repeat", of, min: 0, max: 1 };
    const [from, to] = counts.slice(1, -1).split(",");
    const min = Number(from);
    return { kind: "repeat", of, min, max: to === undefined ? min : to === "" ? Infinity : Number(to) };
  }

  #atom(): PatternNode {
    if (this.#took("^")) return { kind: "start" };
    if (this.#took("$")) return { kind: "edge" };
    if (this.#took(".")) return { kind: "set", set: anyCharacter };
    if (this.#took("[")) return { kind: "set", set: this.#class() };
    if (this.#took("(")) return this.#group();
    if (this.#took("\\")) {
      if (this.#took("b") || this.#took("B")) return { kind: "edge" };
      if (/[1-9k]/.test(this.#text[this.#at] as string)) {
        this.#pass(/^(?:\d+|k<[^>]*>)/);
        return { kind: "opaque", of: null };
      }
      return { kind: "set", set: this.#escape().set };
    }
    return { kind: "set", set: bitOf(this.#character()) };
  }

  #group(): PatternNode {
    const opening = this.#pass(/^\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]+:)/);
    const inner = this.choice();
    this.#took(")");
    return /^\?<?[=!]/.test(opening) ? { kind: "opaque", of: inner } : inner;
  }

  #class(): bigint {
    const negated = this.#took("^");
    let set = 0n;
    while (!this.#took("]")) {
      const from = this.#member();
      if (from.code !== null && this.#text[this.#at] === "-" && this.#text[this.#at + 1] !== "]") {
        this.#at += 1;
        const to = this.#member();
        set |= rangeOf(from.code, to.code ?? from.code);
      } else {
        set |= from.set;
      }
    }
    return negated ? (anyCharacter & ~set) | others : set;
  }

  #member(): { readonly set: bigint; readonly code: number | null } {
    if (this.#took("\\")) return this.#escape();
    const code = this.#character();
    return { set: bitOf(code), code };
  }

  /** What stands behind a backslash; `code` is null for a whole class. */
  #escape(): { readonly set: bigint; readonly code: number | null } {
    const letter = this.#text[this.#at] as string;
    if (letter === "x" || letter === "u") {
      const hex = /[\da-f]+/i.exec(this.#pass(/^(?:x[\da-f]{2}|u\{[\da-f]+\}|u[\da-f]{4})/i).slice(1))?.[0];
      const code = Number.parseInt(hex ?? "0", 16);
      return { set: bitOf(code), code };
    }
    if (/[pP]/.test(letter)) {
      this.#pass(/^[pP]\{[^}]*\}/);
      return { set: anyCharacter, code: null };
    }
    if (letter === "c") {
      const code = this.#pass(/^c[a-z]/i).charCodeAt(1) % 32;
      return { set: bitOf(code), code };
    }
    this.#at += 1;
    const classes: Readonly<Record<string, bigint>> = { d: digits, w: word, s: space };
    const named = classes[letter.toLowerCase()];
    if (named !== undefined) {
      return { set: /[dws]/.test(letter) ? named : (anyCharacter & ~named) | others, code: null };
    }
    const code = controls[letter] ?? letter.charCodeAt(0);
    return { set: bitOf(code), code };
  }

  #character(): number {
    const code = this.#text.codePointAt(this.#at) as number;
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #took(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #pass(what: RegExp): string {
    const passed = what.exec(this.#text.slice(this.#at, this.#at + 200))?.[0] ?? "";
    this.#at += passed.length;
    return passed;
  }
}
