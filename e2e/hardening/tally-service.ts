import { createClient } from "@parley/client";
import type { Codec } from "@parley/core";
import { contract, type SignatureOf } from "@parley/rpc";
import {
  createServer,
  type RpcServer,
  type RpcServerOptions,
  type ServeOptions,
  serve,
} from "@parley/server";
import { Type } from "typebox";
import type { GoodClient } from "./beside-a-probe.ts";

/** A service with one method of each kind that a bad caller may try. */
export const tally = contract("tally", {
  methods: {
    add: { params: Type.Object({ a: Type.Number(), b: Type.Number() }), result: Type.Number() },
    /** Gives its text back. */
    echo: { params: Type.Object({ text: Type.String() }), result: Type.String() },
    /** Runs until it is told to stop, or `release` is called. */
    wait: { result: Type.Null() },
    /** How often it was called so far. */
    count: { result: Type.Integer() },
    countdown: { params: Type.Object({ from: Type.Integer() }), output: Type.Integer() },
    /** Adds up what comes, once `release` is called. */
    sum: { input: Type.Number(), result: Type.Number() },
  },
  events: { tick: Type.Object({ at: Type.Integer() }) },
});

export interface TallyServer {
  readonly server: RpcServer<SignatureOf<typeof tally>>;
  /** How many of `countdown`'s items were asked for. */
  readonly made: () => number;
  /** Ends all that waits. */
  release(): void;
}

/** @param codec null: it detects. */
export function tallyServer(
  options: ServeOptions = {},
  {
    codec,
    ...serverOptions
  }: Partial<Omit<RpcServerOptions<never>, "handler" | "codec">> & {
    readonly codec?: Codec<unknown> | null;
  } = {},
): TallyServer {
  let counted = 0;
  let made = 0;
  let release!: () => void;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const handler = serve(
    tally,
    {
      add: ({ a, b }) => a + b,
      echo: ({ text }) => text,
      wait: async (_, { signal }) => {
        await Promise.race([released, new Promise((resolve) => signal.addEventListener("abort", resolve))]);
        return null;
      },
      count: () => ++counted,
      *countdown({ from }) {
        for (let at = from; at > 0; at--) {
          made += 1;
          yield at;
        }
      },
      async sum(_, { input }) {
        await released;
        let sum = 0;
        for await (const summand of input) sum += summand;
        return sum;
      },
    },
    options,
  );
  const server = createServer({ ...serverOptions, handler, ...(codec ? { codec } : {}) });
  return { server, made: () => made, release };
}

/** A good caller of it. */
export async function tallyClient(url: string): Promise<GoodClient> {
  const client = createClient(tally, url);
  const add = async (caller: typeof client): Promise<void> => {
    if ((await caller.call("add", { a: 1, b: 2 })) !== 3) throw new Error("1 and 2 are not 3.");
  };
  return {
    request: () => add(client),
    async connect() {
      const another = createClient(tally, url);
      await add(another);
      await another.close();
    },
    close: () => client.close(),
  };
}

/** A request as one line. */
export const request = (id: unknown, method: string, params?: unknown, meta?: unknown): string =>
  `${JSON.stringify({ jsonrpc: "2.0", id, method, params, meta })}\n`;
