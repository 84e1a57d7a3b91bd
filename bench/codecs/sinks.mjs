/** Takes every frame as bytes: counts it and looks at its first byte. */
export class ByteSink {
  frames = 0;
  check = 0;

  frame(bytes, start, _end) {
    this.frames += 1;
    this.check += bytes[start];
    return true;
  }

  fault(fault) {
    throw new Error(JSON.stringify(fault));
  }
}

/** Takes every frame as a message: decodes it, counts it and looks at it with `look`. */
export class MessageSink {
  frames = 0;
  check = 0;
  #message;
  #look;

  constructor(message, look) {
    this.#message = message;
    this.#look = look;
  }

  frame(bytes, start, end) {
    this.frames += 1;
    this.check += this.#look(this.#message.decode(bytes, start, end));
    return true;
  }

  fault(fault) {
    throw new Error(JSON.stringify(fault));
  }
}

/** A contestant that pushes the chunks into a decoder made by `decoder`, as a connection does. */
export function decoding(name, chunks, decoder, sinkOf = () => new ByteSink()) {
  return {
    name,
    bytes: bytesOf(chunks),
    run(passes) {
      const machine = decoder();
      const sink = sinkOf();
      for (let pass = 0; pass < passes; pass++) {
        for (const chunk of chunks) machine.push(chunk, 0, chunk.length, sink);
      }
      machine.end(sink);
      return sink;
    },
  };
}

export const bytesOf = (chunks) => chunks.reduce((sum, { length }) => sum + length, 0);
