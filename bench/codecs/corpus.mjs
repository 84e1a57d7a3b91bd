const chunkBytes = 64 * 1024;
const streamBytes = 8 * 1024 * 1024;

/** How many frames of `frameBytes` a stream holds: the same for every framing, so that each decodes the same payload. */
export const framesPerStream = (frameBytes) => Math.floor(streamBytes / frameBytes);

/**
 * A stream of `count` frames in the chunks that a socket would hand over; `frameOf(i)` is the i-th with its framing. Every chunk
 * is a Buffer of its own, cut where 64 KiB are full.
 */
export function chunksOf(count, frameOf) {
  const stream = Buffer.concat(Array.from({ length: count }, (_, i) => frameOf(i)));
  const chunks = [];
  for (let at = 0; at < stream.length; at += chunkBytes) {
    const piece = stream.subarray(at, at + chunkBytes);
    const chunk = Buffer.allocUnsafeSlow(piece.length);
    chunk.set(piece);
    chunks.push(chunk);
  }
  return chunks;
}

/** Printable bytes of `length`, different from frame to frame, without what any framing gives a meaning to. */
export const payloadOf = (i, length) => Buffer.alloc(length, (i % 1000).toString(36).padStart(7, "x"));
