import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type ByteStream, checkInteger, type ParleyError } from "@parley/core";
import { formatEndpoint, parseTlsAddress, type TcpAddress } from "./address.ts";
import { type Dial, defaultConnectTimeoutMs } from "./dial.ts";
import { aborted, connectError, timedOut } from "./dial-error.ts";
import { handshakeError } from "./tls-error.ts";
import { secureContext, type TlsDialOptions } from "./tls-options.ts";
import { TlsStream } from "./tls-stream.ts";

/**
 * Dials a `tls://HOST:PORT` URL; the stream is a `TlsStream`, with its handshake done. `connectTimeoutMs` is for connecting and
 * shaking hands together. With TLS 1.3 a server turns a client certificate down only afterwards: the stream closes with an error.
 * @throws ParleyError `bad-address`, `bad-option` at once; the promise rejects with `connect-failed`, `handshake-failed`,
 * `connect-timeout` or `aborted`.
 */
export function tlsDial(url: string, options: TlsDialOptions = {}): Dial {
  const address = parseTlsAddress(url);
  const name = `tls://${formatEndpoint(address.host, address.port)}`;
  const { servername = isIP(address.host) ? "" : address.host, rejectUnauthorized = true, alpn } = options;
  const context = secureContext(options);
  const shake = (socket: Socket): TLSSocket =>
    connectTls({
      socket,
      host: address.host,
      servername,
      rejectUnauthorized,
      secureContext: context,
      ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
    });
  return ({ connectTimeoutMs = defaultConnectTimeoutMs, signal } = {}) => {
    checkInteger("connectTimeoutMs", connectTimeoutMs, 1, 0x7fff_ffff);
    return dial(address, name, shake, connectTimeoutMs, signal);
  };
}

function dial(
  { host, port }: TcpAddress,
  url: string,
  shake: (socket: Socket) => TLSSocket,
  connectTimeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(url, signal));
    const raw = connectTcp({ host, port, allowHalfOpen: true, noDelay: true });
    let tls: TLSSocket | null = null;
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const fail = (error: ParleyError): void => {
      settle();
      tls?.destroy();
      raw.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(aborted(url, signal as AbortSignal));
    const timer = setTimeout(() => fail(timedOut(url, connectTimeoutMs)), connectTimeoutMs);
    signal?.addEventListener("abort", onAbort);
    // Stays: what goes wrong later is told by the TLS socket, and must not be thrown here.
    raw.on("error", (error) => {
      if (tls === null) fail(connectError(url, error));
    });
    raw.once("connect", () => {
      const shaking = shake(raw);
      tls = shaking;
      const onError = (error: Error): void => fail(handshakeError(url, error));
      shaking.on("error", onError);
      shaking.once("secureConnect", () => {
        settle();
        const stream = new TlsStream(shaking, raw);
        shaking.removeListener("error", onError);
        // OpenSSL is still at work: a stream that were destroyed now would not be reset.
        setImmediate(() => resolve(stream));
      });
    });
  });
}
