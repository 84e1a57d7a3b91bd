import { type Codec, encode, FrameTooLongError, jsonLines, ParleyError } from "@parley/core";
import { goAwayMessage, rpcCodes, type Signature, tolerant } from "@parley/rpc";
import { type ServerOptions, type ServerSetup, serverDefaults, serverSetup } from "../server-options.ts";
import { RpcHandler } from "./rpc-handler.ts";
import { detectRpc } from "./rpc-protocols.ts";

/**
 * How a server of a contract treats its connections. Beside what every server has, but for what `serve` has in its place: its own heartbeat,
 * and middleware that sees each call.
 */
export interface RpcServerOptions<S extends Signature>
  extends Omit<ServerOptions<unknown>, "codec" | "handler" | "heartbeat" | "requestEvents"> {
  /** Default each connection's own, detected by the first bytes: see `serve`. */
  readonly codec?: Codec<unknown> | undefined;
  readonly handler: RpcHandler<S>;
  /** The message for a connection that is refused. Default `$/goaway` with the code for overloaded. */
  readonly refusal?: unknown;
}

/** Whether these are the options of a server of a contract. */
export function isRpc(options: { readonly handler: unknown }): options is RpcServerOptions<Signature> {
  return options.handler instanceof RpcHandler;
}

/** Checks options and completes them. @throws ParleyError `bad-option`; `unencodable` or `frame-too-long` for a `refusal`. */
export function rpcServerSetup<S extends Signature>(
  options: RpcServerOptions<S>,
): ServerSetup<unknown, unknown, unknown> {
  for (const name of ["heartbeat", "requestEvents"] as const) {
    if ((options as Partial<ServerOptions<unknown>>)[name] === undefined) continue;
    throw new ParleyError(
      "bad-option",
      `${name} is not for a handler of serve(): give serve() pingIntervalMs and middleware in place of it.`,
    );
  }
  const { handler, codec, clock = serverDefaults.clock } = options;
  if (codec !== undefined) {
    const setup = serverSetup({ ...options, codec });
    const refusal = setup.refusal ?? goAwayIn(codec, handler);
    return Object.freeze({ ...setup, codec: tolerant(codec), refusal });
  }
  const { detectDeadlineMs: deadlineMs } = handler.setup;
  const detection = detectRpc(handler, { deadlineMs, clock });
  // What the caller speaks is not known; a line of JSON is what a person can read, too.
  const { bytes } = encode(jsonLines(), options.refusal ?? goAway(handler));
  const setup = serverSetup<Uint8Array, Uint8Array, unknown>({ ...options, ...detection, refusal: bytes });
  // Its messages are bytes only until it is known what they are.
  return setup as unknown as ServerSetup<unknown, unknown, unknown>;
}

/** The word for who is refused; undefined, and so a reset, where frames are too short for it. */
function goAwayIn(codec: Codec<unknown>, handler: RpcHandler): unknown {
  const word = goAway(handler);
  try {
    encode(codec, word);
    return word;
  } catch (error) {
    if (error instanceof FrameTooLongError) return undefined;
    throw error;
  }
}

function goAway({ setup }: RpcHandler): unknown {
  return goAwayMessage({
    code: rpcCodes.overloaded,
    message: "No more connections are served at the moment. Try again later.",
    retryAfterMs: setup.session.retryAfterMs,
  });
}
