import cluster from "node:cluster";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { ParleyError } from "@parley/core";
import { formatEndpoint, parseAddress, type UdpAddress, unmapped } from "./address.ts";
import { listenError } from "./listen-error.ts";
import type { Listener, ListenerSink } from "./listener.ts";
import { type UdpLimits, type UdpListenerOptions, udpLimits } from "./udp-options.ts";
import { type UdpPort, UdpStream } from "./udp-stream.ts";

/** What has come and gone at a `udpListener` so far. */
export interface UdpCounters {
  /** Remote addresses that have a connection now. */
  readonly connections: number;
  readonly received: number;
  readonly sent: number;
  /** Datagrams dropped: no more connections may exist, theirs did not read or had ended, or there was no port to answer to. */
  readonly dropped: number;
  /** Datagrams that the system would not send. */
  readonly unsendable: number;
}

/** A `Listen` for datagrams. */
export interface UdpListen {
  (sink: ListenerSink, again?: string): Promise<Listener>;
  readonly counters: UdpCounters;
}

/**
 * Listens at a `udp://HOST:PORT` URL (RFC 768). Each datagram is a frame, whatever the framing of the codec is; all from one remote address
 * are a connection, made by the first of them. Closing it takes no new remote addresses; those that have a connection may still be
 * answered, and the port is free once the last of these is closed.
 * @throws ParleyError `bad-address`, `bad-option` at once; the promise rejects with `address-in-use` or `listen-failed`,
 * the latter in a cluster's worker, too: workers would share the socket, and any of them get a datagram of another's connection.
 */
export function udpListener(url: string, options: UdpListenerOptions = {}): UdpListen {
  const address = parseAddress(url);
  if (address.scheme !== "udp") {
    throw new ParleyError(
      "bad-address",
      `${JSON.stringify(url)} is no UDP address. Write it like udp://127.0.0.1:6666.`,
    );
  }
  const limits = udpLimits(options);
  const counts = { connections: 0, received: 0, sent: 0, dropped: 0, unsendable: 0 };
  const listen = async (sink: ListenerSink, again?: string): Promise<Listener> => {
    if (cluster.isWorker) {
      throw new ParleyError(
        "listen-failed",
        `${url} cannot be listened at by a worker of a cluster: it would get datagrams of other workers' connections; listen in a process of its own.`,
      );
    }
    const port = address.port === 0 && again !== undefined ? Number(new URL(again).port) : address.port;
    return bind({ ...address, port }, limits, counts, sink);
  };
  return Object.defineProperty(listen, "counters", {
    enumerable: true,
    get: () => ({ ...counts }),
  }) as UdpListen;
}

type Counts = { -readonly [K in keyof UdpCounters]: number };

function bind(address: UdpAddress, limits: UdpLimits, counts: Counts, sink: ListenerSink): Promise<Listener> {
  const { host, port, ipv6only = false } = address;
  const socket = createSocket({
    type: isIPv6(host) ? "udp6" : "udp4",
    ipv6Only: ipv6only,
    recvBufferSize: limits.receiveBufferBytes,
  });
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => {
      socket.close();
      reject(listenError(`udp://${formatEndpoint(host, port)}`, error));
    };
    socket.once("error", refused);
    socket.bind({ address: host, port }, () => {
      socket.off("error", refused);
      resolve(new UdpReception(socket, limits, counts, sink));
    });
  });
}

/** The one socket of a listener, and the connections that it has made of what came. */
class UdpReception implements Listener, UdpPort {
  readonly address: string;
  readonly #socket: Socket;
  readonly #limits: UdpLimits;
  readonly #counts: Counts;
  readonly #sink: ListenerSink;
  readonly #streams = new Map<string, UdpStream>();
  readonly #remotes = new Map<UdpStream, RemoteInfo>();
  readonly #sweep: NodeJS.Timeout;
  #state: "listening" | "closing" | "closed" = "listening";

  constructor(socket: Socket, limits: UdpLimits, counts: Counts, sink: ListenerSink) {
    const { address, port } = socket.address();
    this.address = `udp://${formatEndpoint(address, port)}`;
    this.#socket = socket;
    this.#limits = limits;
    this.#counts = counts;
    this.#sink = sink;
    socket.on("error", (error) => sink.failed(error));
    socket.on("message", (datagram, remote) => this.#arrived(datagram, remote));
    this.#sweep = setInterval(() => this.#expire(), Math.max(1, Math.floor(limits.idleTimeoutMs / 4)));
    // The socket keeps the process alive, for as long as it is to be.
    this.#sweep.unref();
  }

  async close(): Promise<void> {
    if (this.#state !== "listening") return;
    this.#state = "closing";
    this.#closeIfUnused();
  }

  send(stream: UdpStream, datagram: Uint8Array, taken: (error: Error | null) => void): void {
    const { port, address } = this.#remotes.get(stream) as RemoteInfo;
    this.#socket.send(datagram, port, address, taken);
  }

  sent(_: UdpStream, error: Error | null): void {
    this.#counts[error === null ? "sent" : "unsendable"] += 1;
  }

  dropped(datagrams: number): void {
    this.#counts.dropped += datagrams;
  }

  forget(stream: UdpStream): void {
    const remote = this.#remotes.get(stream);
    if (remote === undefined) return;
    this.#remotes.delete(stream);
    this.#streams.delete(keyOf(remote));
    this.#counts.connections -= 1;
    this.#closeIfUnused();
  }

  #arrived(datagram: Uint8Array, remote: RemoteInfo): void {
    this.#counts.received += 1;
    // Nobody can be answered at port 0, which RFC 768 has for "none": Node would throw.
    const stream = remote.port === 0 ? undefined : (this.#streams.get(keyOf(remote)) ?? this.#begin(remote));
    if (stream === undefined) return this.dropped(1);
    stream.arrived(datagram);
  }

  #begin(remote: RemoteInfo): UdpStream | undefined {
    if (this.#state !== "listening" || this.#streams.size >= this.#limits.maxConnections) return undefined;
    const remoteAddress = `udp://${formatEndpoint(unmapped(remote.address), remote.port)}`;
    const ends = { localAddress: this.address, remoteAddress };
    const stream = new UdpStream(this, ends, this.#limits.maxQueuedBytes);
    this.#streams.set(keyOf(remote), stream);
    this.#remotes.set(stream, remote);
    this.#counts.connections += 1;
    this.#sink.accept(stream);
    return stream;
  }

  #expire(): void {
    const lastUse = performance.now() - this.#limits.idleTimeoutMs;
    for (const stream of this.#streams.values()) if (stream.usedAt <= lastUse) stream.expire();
  }

  #closeIfUnused(): void {
    if (this.#state !== "closing" || this.#streams.size > 0) return;
    this.#state = "closed";
    clearInterval(this.#sweep);
    this.#socket.close();
  }
}

function keyOf({ address, port }: RemoteInfo): string {
  return `${address} ${port}`;
}
