import type { Socket } from "node:net";
import { parseProxyHeader } from "./proxy-header.ts";
import type { Endpoints } from "./socket-stream.ts";

/** What became of the header that a socket was to begin with. */
export type HeaderOutcome =
  /** It is read; what came behind it is the next that the socket gives. */
  | { readonly kind: "complete"; readonly endpoints: Endpoints | undefined }
  /** There is none, and no use in waiting for it. */
  | { readonly kind: "missing"; readonly why: string }
  /** The socket was destroyed on this side. */
  | { readonly kind: "destroyed" };

const nothing: Buffer = Buffer.alloc(0);

/**
 * Reads the PROXY header that a socket begins with, from which nobody has read yet, and leaves the socket as if it had
 * begun behind it: not flowing, without a listener. `settled` is called once.
 */
export function readProxyHeader(
  socket: Socket,
  timeoutMs: number,
  settled: (outcome: HeaderOutcome) => void,
): void {
  let isWaiting = true;
  /** What came so far: the first `length` bytes of it. */
  let kept = nothing;
  let length = 0;

  const settle = (outcome: HeaderOutcome): void => {
    isWaiting = false;
    clearTimeout(timer);
    socket.off("end", onEnd).off("error", onError).off("close", onClose);
    // Not where there is none: Node would still undo a pause of whoever comes after us.
    if (socket.listenerCount("readable") > 0) socket.off("readable", onReadable);
    settled(outcome);
  };
  const missing = (why: string): void => settle({ kind: "missing", why });
  const read = (): void => {
    if (!isWaiting || socket.destroyed) return;
    const chunk: Buffer | null = socket.read();
    if (chunk !== null) {
      kept = appended(kept, length, chunk);
      length += chunk.length;
    }
    const header = parseProxyHeader(kept.subarray(0, length));
    switch (header.kind) {
      case "more":
        return void socket.once("readable", onReadable);
      case "malformed":
        return missing(header.why);
      case "header":
        if (length > header.length) socket.unshift(kept.subarray(header.length, length));
        settle({ kind: "complete", endpoints: header.endpoints });
    }
  };
  // Node takes note that a listener of "readable" is gone only in the next tick, and makes the socket flow then.
  const onReadable = (): void => process.nextTick(read);
  const onEnd = (): void => missing("the other side ended the connection before it was complete");
  const onError = ({ code }: NodeJS.ErrnoException): void =>
    missing(`the connection was lost before it was complete (${code ?? "no code"})`);
  const onClose = (): void => settle({ kind: "destroyed" });
  const timer = setTimeout(() => missing(`it was not complete within ${timeoutMs} ms`), timeoutMs);
  socket.once("readable", onReadable).on("end", onEnd).on("error", onError).on("close", onClose);
}

/** `kept` with `chunk` behind its first `length` bytes. It grows by doubling, so that single bytes do not cost a copy each. */
function appended(kept: Buffer, length: number, chunk: Buffer): Buffer {
  if (length === 0) return chunk;
  const total = length + chunk.length;
  const room = total <= kept.length ? kept : Buffer.concat([kept.subarray(0, length)], 2 * total);
  chunk.copy(room, length);
  return room;
}
