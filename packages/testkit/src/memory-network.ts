import { setImmediate } from "node:timers";
import { type ByteStream, ParleyError } from "@parley/core";
import type { Dial, DialOptions, Listen, Listener, ListenerSink } from "@parley/transport";
import { type MemoryLimits, type MemoryOptions, memoryLimits } from "./memory-options.ts";
import { memoryPair } from "./memory-stream.ts";

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
  const listening = new Map<string, ListenerSink>();
  return {
    listener(name) {
      const address = addressOf(name);
      return async (sink) => listen(listening, address, sink);
    },
    dial(name) {
      const address = addressOf(name);
      let dialled = 0;
      return (dialling) => dial(listening, address, `${address}/${++dialled}`, limits, dialling);
    },
  };
}

function addressOf(name: string): string {
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
  limits: MemoryLimits,
  { signal }: DialOptions = {},
): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
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
      const { near, far } = memoryPair(limits, ownAddress, address);
      resolve(near);
      sink.accept(far);
    });
  });
}
