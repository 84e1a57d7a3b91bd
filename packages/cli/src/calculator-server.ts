import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "@parley/core";
import type { Implementation, SignatureOf } from "@parley/rpc";
import { createServer, serve } from "@parley/server";
import { calculator } from "./calculator.ts";
import { type RpcCodecName, rpcCodec } from "./rpc-codecs.ts";
import type { ServerSettings, ServiceServer } from "./service.ts";

const tickMs = 1_000;

const implementation: Implementation<SignatureOf<typeof calculator>, Connection<unknown>> = {
  add: ({ a, b }) => a + b,
  divide({ a, b }, { fail }) {
    if (b === 0) throw fail("divisionByZero", { dividend: a });
    return a / b;
  },
  *countdown({ from }) {
    for (let n = from; n > 0; n--) yield n;
  },
  sleep: ({ ms }, { signal }) => delay(ms, null, { signal }),
};

/** A server of the calculator, that ticks while it listens. @throws ParleyError `bad-option`. */
export function calculatorServer(codec: "detect" | RpcCodecName, settings: ServerSettings): ServiceServer {
  const handler = serve(calculator, implementation, { lenient: true });
  const spoken = codec === "detect" ? {} : { codec: rpcCodec(codec) };
  const server = createServer({ ...settings, ...spoken, handler });
  let ticking: NodeJS.Timeout | undefined;
  server.events.once("listening", () => {
    ticking = setInterval(() => server.emit("tick", { at: Date.now() }), tickMs);
  });
  server.events.once("draining", () => clearInterval(ticking));
  return server;
}
