import { Socket } from "node:net";
import type { ByteStream, ByteStreamSink } from "@parley/core";
import { formatAddress, formatEndpoint, unmapped } from "./address.ts";

const nothing = new Uint8Array(0);

/** A socket that knows the stream over it, so that the callbacks below serve all sockets without a closure for each. */
interface StreamSocket extends Socket {
  [overlying]: SocketStream;
}

/** A socket with its handle, which node:net has no word for in its types. */
interface HandleOwner extends Socket {
  readonly _handle?: {
    readonly fd?: number;
    readonly writeQueueSize?: number;
    /** getpeername(2): 0, or an error's number below that. */
    getpeername?(into: object): number;
  } | null;
}
const overlying = Symbol("parley.stream");

/** The two ends of a connection. */
export interface Endpoints {
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

/** One end of a TCP connection. */
export interface Endpoint {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
}

/** A byte stream over a TCP, TLS or Unix socket, connected already and created with `allowHalfOpen`. */
export class SocketStream implements ByteStream {
  readonly #socket: Socket;
  /** For a Unix socket: the path, which the socket itself does not tell. */
  readonly #path: string | undefined;
  /** For TLS: the TCP socket under it, which alone can be reset. */
  readonly #beneath: Socket | undefined;
  /** Null until the stream is opened; what happens until then is made up for. */
  #sink: ByteStreamSink | null = null;
  #error: Error | undefined;
  #missed: ("ended" | "closed")[] | null = null;
  #drained: ((error?: Error | null) => void) | null = null;
  #addresses: { local: string; remote: string } | null = null;

  /** @param told its addresses, where the socket's own are those of somebody between. */
  constructor(socket: Socket, path?: string, beneath?: Socket, told?: Endpoints) {
    this.#socket = socket;
    this.#path = path;
    this.#beneath = beneath;
    if (told !== undefined) {
      const { local, remote } = told;
      this.#addresses = {
        local: this.#portUrl(local.host, local.port),
        remote: this.#portUrl(remote.host, remote.port),
      };
    }
    (socket as StreamSocket)[overlying] = this;
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

  /** Node keeps the number in the socket's handle; on Windows there is none. */
  get descriptor(): number | undefined {
    const fd = ((this.#beneath ?? this.#socket) as HandleOwner)._handle?.fd;
    return fd === undefined || fd < 0 ? undefined : fd;
  }

  /** With TLS, as it is encrypted. */
  get unsentBytes(): number | undefined {
    return ((this.#beneath ?? this.#socket) as HandleOwner)._handle?.writeQueueSize;
  }

  open(sink: ByteStreamSink): void {
    const socket = this.#socket;
    socket.on("data", onData);
    // Whoever read from it before left it so.
    if (socket.isPaused()) socket.resume();
    if (this.#missed === null) this.#sink = sink;
    else process.nextTick(() => this.#makeUp(sink, this.#missed ?? []));
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    socket.write(bytes);
    if (socket.writableLength === 0) return true;
    // An empty write behind it calls back when it is through; "drain" comes only above the socket's own mark. A write that failed calls
    // back too, before the socket counts as destroyed.
    this.#drained ??= (error) => {
      if (!error && !socket.destroyed) this.#sink?.drained();
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
    // A TLS socket reports its end from inside the reset of the socket under it; nobody expects that in this call.
    if (this.#beneath !== undefined) process.nextTick(resetBoth, this.#beneath, this.#socket);
    // Only TCP can reset; and what has not even begun to close can be reset.
    else if (this.#path === undefined && isResettable(this.#socket)) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** The socket's callbacks, here and below. */
  received(bytes: Uint8Array): void {
    this.#sink?.received(bytes);
  }

  /**
   * The other side's FIN, or its reset: libuv takes one for a FIN that comes together with the last bytes before it. Who is gone has no
   * address any more; nor has, in TIME_WAIT, who has answered our FIN, so that it is not asked for behind that.
   */
  ended(): void {
    const socket = this.#socket;
    const handle = ((this.#beneath ?? socket) as HandleOwner)._handle;
    const isGone = !socket.writableEnded && (handle?.getpeername?.({}) ?? 0) < 0;
    if (isGone)
      socket.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" }));
    else this.report("ended");
  }

  failed(error: Error): void {
    this.#error = error;
  }

  report(event: "ended" | "closed"): void {
    if (this.#sink === null) {
      this.#missed ??= [];
      this.#missed.push(event);
    } else if (event === "ended") this.#sink.ended();
    else this.#sink.closed(this.#error);
  }

  #makeUp(sink: ByteStreamSink, missed: readonly ("ended" | "closed")[]): void {
    this.#sink = sink;
    for (const event of missed) this.report(event);
  }

  /** Looked up once: a closed socket no longer knows them. */
  #bothAddresses(): { local: string; remote: string } {
    if (this.#addresses !== null) return this.#addresses;
    const { localAddress, localPort, remoteAddress, remotePort } = this.#socket;
    const url = (host = "", port = 0): string =>
      this.#path === undefined
        ? this.#portUrl(host, port)
        : formatAddress({ scheme: "unix", path: this.#path });
    this.#addresses = { local: url(localAddress, localPort), remote: url(remoteAddress, remotePort) };
    return this.#addresses;
  }

  #portUrl(host: string, port: number): string {
    return `${this.#beneath === undefined ? "tcp" : "tls"}://${formatEndpoint(unmapped(host), port)}`;
  }
}

function onData(this: Socket, bytes: Uint8Array): void {
  (this as StreamSocket)[overlying].received(bytes);
}

function onEnd(this: Socket): void {
  (this as StreamSocket)[overlying].ended();
}

function onError(this: Socket, error: Error): void {
  (this as StreamSocket)[overlying].failed(error);
}

function onClose(this: Socket): void {
  (this as StreamSocket)[overlying].report("closed");
}

function resetBoth(beneath: Socket, socket: Socket): void {
  if (isResettable(socket)) beneath.resetAndDestroy();
  socket.destroy();
}

/** Where a FIN is just on its way libuv resets nothing, and Node then holds the descriptor for ever. */
function isResettable(socket: Socket): boolean {
  const isSendingFin = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  return !socket.destroyed && !isSendingFin;
}
