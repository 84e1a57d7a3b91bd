import { isRecord } from "./keywords.ts";

/** The longest line that is not broken up further. */
const maxLine = 100;
const identifier = /^[A-Za-z_$][\w$]*$/;
/** Characters that reorder or hide what stands around them, or end a line. */
const deceptive =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/g;

/** A string literal of TypeScript; nothing in it can end it, or look like what it is not. */
export function stringSource(text: string): string {
  return JSON.stringify(text).replaceAll(
    deceptive,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A JSON value as a literal of TypeScript, broken into lines where it does not fit in one of which `taken` is taken. */
export function literalSource(value: unknown, indent = "", taken = 0): string {
  const line = lineSource(value);
  if (indent.length + taken + line.length <= maxLine) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => `${inner}${literalSource(item, inner, 1)},\n`);
    return `[\n${items.join("")}${indent}]`;
  }
  if (!isRecord(value)) return line;
  const members = Object.entries(value).map(([name, member]) => {
    const key = keySource(name);
    return `${inner}${key}: ${literalSource(member, inner, key.length + 3)},\n`;
  });
  return `{\n${members.join("")}${indent}}`;
}

function lineSource(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(lineSource).join(", ")}]`;
  if (!isRecord(value)) return typeof value === "string" ? stringSource(value) : String(value);
  const members = Object.entries(value).map(([name, member]) => `${keySource(name)}: ${lineSource(member)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** A member's name: `__proto__` in brackets, where it is a name as any other. */
export function keySource(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return identifier.test(name) ? name : stringSource(name);
}

/** A documentation comment that the text cannot leave; nothing for an empty text. */
export function commentSource(text: string, indent: string): string {
  const lines = text
    .trim()
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => line.replaceAll(deceptive, "").replaceAll("*/", "*\\/").trim());
  if (lines.length === 1 && lines[0] === "") return "";
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} *${line === "" ? "" : ` ${line}`}\n`).join("")}${indent} */\n`;
}
