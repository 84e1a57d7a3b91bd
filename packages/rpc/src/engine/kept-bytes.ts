/** What a value takes that has no length of its own, and any value beside its length. */
const perValue = 16;

/**
 * About how many bytes it takes to keep a value; no more are counted than `enough`, so that one with cycles has an end too.
 */
export function keptBytes(value: unknown, enough: number): number {
  let bytes = 0;
  const rest: unknown[] = [value];
  while (rest.length > 0 && bytes < enough) {
    const next = rest.pop();
    bytes += perValue;
    if (typeof next === "string") bytes += next.length;
    else if (ArrayBuffer.isView(next)) bytes += next.byteLength;
    else if (Array.isArray(next)) for (const item of next) rest.push(item);
    else if (typeof next === "object" && next !== null) {
      for (const [name, member] of Object.entries(next)) {
        bytes += name.length;
        rest.push(member);
      }
    }
  }
  return Math.min(bytes, enough);
}
