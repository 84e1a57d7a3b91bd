/** Bytes of the length in front of each datagram: what `lengthPrefix()` writes. */
const headBytes = 4;

/** How many of `bytes` to send where `max` may leave: all that, and at least one. */
export function sliceOf(bytes: Uint8Array, max: number): number {
  return Math.min(bytes.length, Math.max(max, 1));
}

/** The same for datagrams, which are not cut: as many whole ones as may leave, and at least one. */
export function datagramsOf(bytes: Uint8Array, max: number): number {
  let end = firstDatagram(bytes, 0);
  while (end < bytes.length) {
    const next = firstDatagram(bytes, end);
    if (next > max) break;
    end = next;
  }
  return end;
}

/** Where the datagram that begins at `at` ends. */
export function firstDatagram(bytes: Uint8Array, at: number): number {
  const behindHead = at + headBytes;
  if (behindHead > bytes.length) return bytes.length;
  let length = 0;
  for (let index = at; index < behindHead; index++) length = length * 256 + (bytes[index] as number);
  return Math.min(behindHead + length, bytes.length);
}
