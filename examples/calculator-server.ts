/**
 * A typed service: each method is a function, a stream is a generator, a declared error is thrown.
 *
 *     npx -y pnpm@12 --filter examples run calculator-server        then:  npx -y pnpm@12 parley call tcp://127.0.0.1:6669 add '{"a":1,"b":2}'
 */
import { setTimeout } from "node:timers/promises";
import type { SignatureOf } from "@parley/rpc";
import { createServer, type RpcServer, serve } from "@parley/server";
import { calculator } from "./calculator-contract.ts";
import { isEntryPoint, serveUntilInterrupted } from "./entry-point.ts";

export function calculatorServer(): RpcServer<SignatureOf<typeof calculator>> {
  return createServer({
    handler: serve(calculator, {
      add: ({ a, b }) => a + b,
      divide({ a, b }, { fail }) {
        if (b === 0) throw fail("divisionByZero", { dividend: a });
        return a / b;
      },
      async *countdown({ from }, { signal }) {
        for (let count = from; count > 0 && !signal.aborted; count--) yield count;
      },
      async sum(_, { input }) {
        let sum = 0;
        for await (const summand of input) sum += summand;
        return sum;
      },
      async sleep({ ms }, { signal }) {
        await setTimeout(ms, undefined, { signal });
      },
    }),
  });
}

if (isEntryPoint(import.meta.url)) {
  const server = calculatorServer();
  const ticking = setInterval(() => server.emit("tick", { at: Date.now() }), 1_000);
  await serveUntilInterrupted(server, "tcp://127.0.0.1:6669");
  clearInterval(ticking);
}
