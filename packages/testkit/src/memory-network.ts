import { type ByteStream, ParleyError } from "@parley/core";
import type { Dial, DialOptions, Listen, Listener, ListenerSink } from "@parley/transport";
import { type MemoryOptions, memoryLimits } from "./memory-options.ts";
import { joinedStreams, type MemoryPair } from "./memory-stream.ts";
import { nextTurn } from "./turn.ts";

/** Names to listen at and to dial, within one test: the in-memory twin of `socketListener` and `socketDial`. */
export interface MemoryNetwork {
  /**
   * Listens at `memory://NAME`; the promise rejects with `address-in-use` while somebody else does.
   * @throws ParleyError `bad-address` at once.
   */
  listener(name: string): Listen;
  /**
   * Dials `memory://NAME`; the promise rejects with `connect-failed` or `aborted`. A connection is made within a turn of
   * the event loop, so `connectTimeoutMs` never ends one.
   * @throws ParleyError `bad-address` at once.
   */
  dial(name: string): Dial;
}

/**
 * A network of its own, without ports and without the kernel: what listens here can be dialled here and nowhere else.
 * @throws ParleyError `bad-option`.
 */
export function createMemoryNetwork(options: MemoryOptions = {}): MemoryNetwork {
  const limits = memoryLimits(options);
  return networkOf({
    join: (near, far) => joinedStreams(limits, nextTurn, near, far),
    arrive: (_, task) => nextTurn(task),
  });
}

/** What a network in memory leaves to whoever makes it. */
export interface NetworkMeans {
  join(nearAddress: string, farAddress: string): MemoryPair;
  /** Has `task` run when a first packet could have got to `address`. */
  arrive(address: string, task: () => void): void;
}

/** A network in memory, of these means. */
export function networkOf(means: NetworkMeans): MemoryNetwork {
  const listening = new Map<string, ListenerSink>();
  return {
    listener(name) {
      const address = addressOf(name);
      return async (sink) => listen(listening, address, sink);
    },
    dial(name) {
      const address = addressOf(name);
      let dialled = 0;
      return (dialling) => dial(listening, address, `${address}/${++dialled}`, means, dialling);
    },
  };
}

export function addressOf(name: string): string {
  if (/^[\w.-]+$/.test(name)) return `memory://${name}`;
  throw new ParleyError(
    "bad-address",
    `${JSON.stringify(name)} names no place in a memory network; use letters, digits, dots, hyphens and underscores.`,
  );
}

function listen(listening: Map<string, ListenerSink>, address: string, sink: ListenerSink): Listener {
  if (listening.has(address)) {
    throw new ParleyError(
      "address-in-use",
      `${address} is in use; choose another name, or close who listens there.`,
    );
  }
  listening.set(address, sink);
  return {
    address,
    async close() {
      if (listening.get(address) === sink) listening.delete(address);
    },
  };
}

function dial(
  listening: ReadonlyMap<string, ListenerSink>,
  address: string,
  ownAddress: string,
  means: NetworkMeans,
  { signal }: DialOptions = {},
): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    means.arrive(address, () => {
      if (signal?.aborted) {
        return reject(
          new ParleyError("aborted", `Connecting to ${address} was aborted.`, { cause: signal.reason }),
        );
      }
      const sink = listening.get(address);
      if (sink === undefined) {
        return reject(
          new ParleyError(
            "connect-failed",
            `No connection to ${address}: nobody listens there; start the server, or check the address.`,
            { blame: "remote" },
          ),
        );
      }
      const { near, far } = means.join(ownAddress, address);
      resolve(near);
      sink.accept(far);
    });
  });
}
