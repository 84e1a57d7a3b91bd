/** Node's Buffer where the runtime has it; core also runs where it does not. */
export const NodeBuffer: typeof Buffer | undefined = globalThis.Buffer;

/** `size` bytes of arbitrary content in a buffer of their own (shared with nobody). */
export const allocate: (size: number) => Uint8Array =
  NodeBuffer === undefined ? (size) => new Uint8Array(size) : (size) => NodeBuffer.allocUnsafeSlow(size);

/** A view of the bytes from `start` up to `end`, as a plain Uint8Array even of a Buffer. */
export function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}

/** A copy of the bytes from `start` up to `end`. A Buffer's own `slice` would be a view, and is no faster. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(viewOf(bytes, start, end));
}
