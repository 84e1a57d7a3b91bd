import { type Client, type ClientOptions, createClient } from "@parley/client";
import { ParleyError } from "@parley/core";
import { type Contract, contract, contractOf, RpcError, rpcCodes, type Signature } from "@parley/rpc";
import type { ChannelOptions } from "./channel-options.ts";
import { placeOf } from "./place.ts";
import { rpcCodec } from "./rpc-codecs.ts";

const nothing = contract("nothing", {});

/** How long a server that has said what it offers, or has not, has for its FIN: there is nothing more that could be lost. */
const discoveryLingerMs = 250;

/**
 * A client of the service at `url`.
 * @throws ParleyError `bad-option`, `bad-address`.
 */
export function openChannel<S extends Signature>(
  offered: Contract<S>,
  url: string,
  options: ChannelOptions,
  more: Pick<ClientOptions, "reconnect" | "lingerMs"> = {},
): Client<S> {
  const { codec, timeout } = options;
  return createClient(offered, placeOf(url, options), {
    ...more,
    codec: rpcCodec(codec),
    timeoutMs: timeout,
  });
}

/**
 * The OpenRPC document of the service at `url`; null if it does not tell what it offers.
 * @throws what `Client.discover` rejects with.
 */
export async function discovered(
  url: string,
  options: ChannelOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const client = openChannel(nothing, url, options, { reconnect: false, lingerMs: discoveryLingerMs });
  try {
    return await client.discover({ signal });
  } catch (error) {
    if (error instanceof RpcError && error.rpcCode === rpcCodes.methodNotFound) return null;
    throw error;
  } finally {
    await client.close();
  }
}

/** The document, for who cannot do without. @throws as `discovered`; ParleyError `call-failed` if there is none. */
export async function requiredDocument(
  url: string,
  options: ChannelOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const document = await discovered(url, options, signal);
  if (document !== null) return document;
  throw new ParleyError(
    "call-failed",
    `The server at ${url} does not tell what it offers: it knows no rpc.discover.`,
    { blame: "remote" },
  );
}

/** The contract of the service at `url`; null if it does not tell what it offers. @throws as `discovered`; `contractOf`. */
export async function offeredContract(
  url: string,
  options: ChannelOptions,
  signal: AbortSignal,
): Promise<Contract | null> {
  const document = await discovered(url, options, signal);
  return document === null ? null : contractOf(document);
}
