import { connect, type Socket } from "node:net";
import { type ByteStream, checkInteger, ParleyError } from "@parley/core";
import { type Address, formatAddress, parseAddress } from "./address.ts";
import { aborted, connectError, timedOut } from "./dial-error.ts";
import { SocketStream } from "./socket-stream.ts";
import { dialUdp } from "./udp-dial.ts";
import { unusablePath } from "./unix-socket-file.ts";

export interface DialOptions {
  /** How long the connection may take to be made. Default 5,000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** Gives up the attempt. */
  readonly signal?: AbortSignal | undefined;
}

/** Makes one byte stream to somewhere. */
export type Dial = (options?: DialOptions) => Promise<ByteStream>;

export const defaultConnectTimeoutMs = 5_000;

/**
 * Dials a `tcp://`, `udp://` or `unix://` URL (see `parseAddress`).
 * @throws ParleyError `bad-address`, `bad-option` at once; the promise rejects with `connect-failed`, `connect-timeout` or `aborted`.
 */
export function socketDial(url: string): Dial {
  const address = parseAddress(url);
  if (address.scheme === "fd") {
    throw new ParleyError(
      "bad-address",
      `${url} can be listened at, not dialled; give a tcp://, udp:// or unix:// URL.`,
    );
  }
  return ({ connectTimeoutMs = defaultConnectTimeoutMs, signal } = {}) => {
    checkInteger("connectTimeoutMs", connectTimeoutMs, 1, 0x7fff_ffff);
    if (signal?.aborted) return Promise.reject(aborted(url, signal));
    if (address.scheme === "udp") return dialUdp(address, connectTimeoutMs, signal);
    return dial(address, connectTimeoutMs, signal);
  };
}

/** What can be dialled. */
type Place = Exclude<Address, { scheme: "fd" | "udp" }>;

function dial(
  address: Place,
  connectTimeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<ByteStream> {
  const url = formatAddress(address);
  return new Promise((resolve, reject) => {
    const unusable = address.scheme === "unix" ? unusablePath(address.path) : undefined;
    if (unusable !== undefined) {
      return reject(new ParleyError("connect-failed", `No connection to ${url}: ${unusable}.`));
    }
    const socket = open(address);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.removeAllListeners();
    };
    const fail = (error: ParleyError): void => {
      settle();
      socket.on("error", () => {});
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(aborted(url, signal as AbortSignal));
    const timer = setTimeout(() => fail(timedOut(url, connectTimeoutMs)), connectTimeoutMs);
    signal?.addEventListener("abort", onAbort);
    socket.once("error", (error: NodeJS.ErrnoException) => fail(connectError(url, error)));
    socket.once("connect", () => {
      settle();
      resolve(new SocketStream(socket, address.scheme === "unix" ? address.path : undefined));
    });
  });
}

function open(address: Place): Socket {
  return address.scheme === "unix"
    ? connect({ path: address.path, allowHalfOpen: true })
    : connect({ host: address.host, port: address.port, allowHalfOpen: true, noDelay: true });
}
