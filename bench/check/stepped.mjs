import { createServer } from "@parley/server";

/** A clock that stands still; what is due at the end of a turn runs when `turn` is called. */
export class SteppedClock {
  #tasks = [];

  now() {
    return 0;
  }

  after() {
    return () => {};
  }

  endOfTurn(task) {
    this.#tasks.push(task);
  }

  nextTurn(task) {
    this.#tasks.push(task);
  }

  turn() {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task();
  }
}

/** A byte stream that takes all that is written at once: what the kernel does is not measured here. */
export class SteppedStream {
  localAddress = "memory://near";
  remoteAddress = "memory://far";
  sink = null;
  bytes = 0;
  last = null;

  open(sink) {
    this.sink = sink;
  }

  write(bytes) {
    this.bytes += bytes.length;
    this.last = bytes;
    return true;
  }

  pause() {}
  resume() {}
  end() {}
  destroy() {}
}

/**
 * A server with one connection.
 * @returns `feed(chunk)`, which hands it bytes and ends the turn; `bytes()`, how many it has written by now; `taken()`, a copy of its last write.
 */
export async function steppedConnection(options) {
  const clock = new SteppedClock();
  const stream = new SteppedStream();
  const server = createServer({ ...options, clock });
  await server.listen(async (sink) => {
    sink.accept(stream);
    return { address: "memory://near", async close() {} };
  });
  return {
    feed(chunk) {
      stream.sink.received(chunk);
      clock.turn();
    },
    bytes: () => stream.bytes,
    taken: () => Buffer.from(stream.last),
  };
}
