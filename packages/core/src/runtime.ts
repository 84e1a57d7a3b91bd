/** Node's Buffer where the runtime has it; core also runs where it does not. */
export const NodeBuffer: typeof Buffer | undefined = globalThis.Buffer;

/** `size` bytes of arbitrary content in a buffer of their own (shared with nobody). */
export const allocate: (size: number) => Uint8Array =
  NodeBuffer === undefined ? (size) => new Uint8Array(size) : (size) => NodeBuffer.allocUnsafeSlow(size);

/** A copy of the bytes from `start` up to `end`. Not `bytes.slice`: on a Buffer that is a view. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, start, end);
}
