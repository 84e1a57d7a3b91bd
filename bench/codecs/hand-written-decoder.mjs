const maxFrameBytes = 1024 * 1024;

/**
 * What a careful author would write who needs a 4-byte length, big endian, and nothing else: no options, no skipping, no account of
 * what is held back. The same sink, the same limit, straddling frames put together in a buffer of their size.
 */
export class HandWrittenDecoder {
  head = new Uint8Array(4);
  headLength = 0;
  frame = null;
  received = 0;

  push(bytes, start, end, sink) {
    let at = start;
    if (this.frame !== null || this.headLength > 0) {
      at = this.goOn(bytes, at, end, sink);
      if (at < 0) return -at;
    }
    while (end - at >= 4) {
      const length = ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
      if (length > maxFrameBytes) return this.refuse(length, end, sink);
      const next = at + 4 + length;
      if (next > end) {
        this.begin(length);
        this.fill(bytes, at + 4, end);
        return end;
      }
      if (!sink.frame(bytes, at + 4, next)) return next;
      at = next;
    }
    while (at < end) this.head[this.headLength++] = bytes[at++];
    return at;
  }

  /** Goes on with what straddles; returns the offset behind it, negative if that was all or the sink stopped. */
  goOn(bytes, start, end, sink) {
    let at = start;
    if (this.frame === null) {
      while (this.headLength < 4) {
        if (at === end) return -end;
        this.head[this.headLength++] = bytes[at++];
      }
      const [a, b, c, d] = this.head;
      const length = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
      this.headLength = 0;
      if (length > maxFrameBytes) return -this.refuse(length, end, sink);
      this.begin(length);
    }
    at = this.fill(bytes, at, end);
    const { frame } = this;
    if (this.received < frame.length) return -end;
    this.frame = null;
    return sink.frame(frame, 0, frame.length) ? at : -at;
  }

  begin(length) {
    this.frame = Buffer.allocUnsafeSlow(length);
    this.received = 0;
  }

  fill(bytes, start, end) {
    const stop = Math.min(end, start + this.frame.length - this.received);
    this.frame.set(bytes.subarray(start, stop), this.received);
    this.received += stop - start;
    return stop;
  }

  refuse(actual, end, sink) {
    sink.fault({ kind: "too-long", limit: maxFrameBytes, actual, recoverable: false });
    return end;
  }

  end(sink) {
    if (this.frame !== null || this.headLength > 0) {
      sink.fault({ kind: "malformed", why: "The input ended in the middle of a frame." });
    }
  }
}
