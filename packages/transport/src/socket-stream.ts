import { Socket } from "node:net";
import type { ByteStream, ByteStreamSink } from "@parley/core";
import { formatAddress } from "./address.ts";

const nothing = new Uint8Array(0);

/** A socket that knows the stream over it, so that the callbacks below serve all sockets without a closure for each. */
interface StreamSocket extends Socket {
  [overlying]: Overlying;
}
const overlying = Symbol("parley.stream");

interface Overlying {
  /** Null until the stream is opened; what happens until then is made up for. */
  sink: ByteStreamSink | null;
  error: Error | undefined;
  readonly missed: ("ended" | "closed")[];
}

/** A byte stream over a TCP or Unix socket, connected already and created with `allowHalfOpen`. */
export class SocketStream implements ByteStream {
  readonly #socket: Socket;
  /** For a Unix socket: the path, which the socket itself does not tell. */
  readonly #path: string | undefined;
  #drained: (() => void) | null = null;
  #addresses: { local: string; remote: string } | null = null;

  constructor(socket: Socket, path?: string) {
    this.#socket = socket;
    this.#path = path;
    (socket as StreamSocket)[overlying] = { sink: null, error: undefined, missed: [] };
    socket.on("end", onEnd);
    socket.on("error", onError);
    socket.on("close", onClose);
  }

  get localAddress(): string {
    return this.#bothAddresses().local;
  }

  get remoteAddress(): string {
    return this.#bothAddresses().remote;
  }

  open(sink: ByteStreamSink): void {
    const socket = this.#socket as StreamSocket;
    const state = socket[overlying];
    socket.on("data", onData);
    if (state.missed.length === 0) state.sink = sink;
    else process.nextTick(makeUp, state, sink);
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    socket.write(bytes);
    if (socket.writableLength === 0) return true;
    // An empty write behind it calls back when it is through; "drain" comes only above the socket's own mark.
    this.#drained ??= () => {
      if (!socket.destroyed) (socket as StreamSocket)[overlying].sink?.drained();
    };
    socket.write(nothing, this.#drained);
    return false;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    // Only TCP can reset; and what has not even begun to close can be reset.
    if (this.#path === undefined && !this.#socket.destroyed) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** Looked up once: a closed socket no longer knows them. */
  #bothAddresses(): { local: string; remote: string } {
    if (this.#addresses !== null) return this.#addresses;
    const { localAddress, localPort, remoteAddress, remotePort } = this.#socket;
    const url = (host = "", port = 0): string =>
      this.#path === undefined
        ? formatAddress({ scheme: "tcp", host, port })
        : formatAddress({ scheme: "unix", path: this.#path });
    this.#addresses = { local: url(localAddress, localPort), remote: url(remoteAddress, remotePort) };
    return this.#addresses;
  }
}

function onData(this: Socket, bytes: Uint8Array): void {
  (this as StreamSocket)[overlying].sink?.received(bytes);
}

function onEnd(this: Socket): void {
  const { sink, missed } = (this as StreamSocket)[overlying];
  if (sink === null) missed.push("ended");
  else sink.ended();
}

function onError(this: Socket, error: Error): void {
  (this as StreamSocket)[overlying].error = error;
}

function onClose(this: Socket): void {
  const { sink, error, missed } = (this as StreamSocket)[overlying];
  if (sink === null) missed.push("closed");
  else sink.closed(error);
}

function makeUp(state: Overlying, sink: ByteStreamSink): void {
  state.sink = sink;
  for (const report of state.missed) {
    if (report === "ended") sink.ended();
    else sink.closed(state.error);
  }
}
