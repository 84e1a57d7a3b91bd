import type { Connection } from "@parley/core";
import { type Contract, type Implementation, type Signature, service } from "@parley/rpc";
import { CallLoad } from "./call-load.ts";
import { RpcHandler } from "./rpc-handler.ts";
import { type ServeOptions, serveSetup } from "./serve-options.ts";

/**
 * Serves a contract: a handler with one function for each of its methods, an (async) generator where the method has an output
 * stream. Given to `createServer` without a codec, every caller is served that speaks JSON-RPC 2.0 in JSON (one value a line or however it
 * is laid out), with Content-Length headers, or in JSON or MessagePack behind a 4-byte length.
 *
 *     const server = createServer({ handler: serve(calculator, { add: ({ a, b }) => a + b }) });
 *     await server.listen("tcp://127.0.0.1:6666");
 *
 * What a function throws closes nothing: an `RpcError`, or one that `context.fail` makes, is what its caller gets; of anything else the
 * caller gets a reference, under which the server's event `call-failed` has it.
 * @throws ParleyError `bad-option`, also for a method without a function, and for a function without a method.
 */
export function serve<S extends Signature>(
  contract: Contract<S>,
  implementation: Implementation<S, Connection<unknown>>,
  options: ServeOptions = {},
): RpcHandler<S> {
  const setup = serveSetup(options);
  const load = new CallLoad(setup.maxRunning, setup.session.retryAfterMs);
  // Without a limit no call is to pay for one.
  const limits = setup.maxRunning === Number.POSITIVE_INFINITY ? [] : [load.limit];
  const middleware = [...limits, ...setup.middleware];
  return new RpcHandler(contract, service(contract, implementation, middleware), load, setup);
}
