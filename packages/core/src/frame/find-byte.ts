// Up to here a loop beats the call into the runtime's memchr, which costs some 40 ns before it looks at a byte.
const loopedBytes = 32;

/** The offset of the first `byte` from `start` up to `end`, or -1. Touches nothing outside that range. */
export function findByte(bytes: Uint8Array, byte: number, start: number, end: number): number {
  const looped = Math.min(end, start + loopedBytes);
  for (let at = start; at < looped; at++) if (bytes[at] === byte) return at;
  if (looped === end) return -1;
  if (end === bytes.length) return bytes.indexOf(byte, looped);
  const found = bytes.subarray(looped, end).indexOf(byte);
  return found < 0 ? -1 : looped + found;
}
