import assert from "node:assert/strict";
import { ScriptedStream } from "./scripted-stream.ts";

/** A byte stream that keeps to the port's promises as far as the test lets it, and holds the connection to its own. */
export class ModelStream extends ScriptedStream {
  /** Said by the other side, and not arrived yet. */
  onTheWay: Buffer = Buffer.alloc(0);
  /** Whether the other side has nothing more to say, and whether that has arrived. */
  fin: "not sent" | "sent" | "arrived" = "not sent";
  /** What has arrived. */
  arrived: Buffer = Buffer.alloc(0);
  isClosed = false;
  /** The write that it holds on to, and what that was: it must not change meanwhile. */
  #held: { readonly bytes: Uint8Array; readonly copy: Buffer } | null = null;
  #chunksSincePause = 0;

  get holds(): boolean {
    return this.#held !== null;
  }

  get isReadable(): boolean {
    if (this.isClosed || this.state === "destroyed" || this.fin === "arrived") return false;
    return !this.paused || this.#chunksSincePause === 0;
  }

  override write(bytes: Uint8Array): boolean {
    assert.equal(this.state, "open", "written behind the end");
    assert.ok(!this.holds, "written before the write before was taken");
    assert.ok(!this.isClosed && bytes.length > 0);
    const taken = super.write(bytes);
    if (!taken) this.#held = { bytes, copy: Buffer.from(bytes) };
    return taken;
  }

  override pause(): void {
    super.pause();
    this.#chunksSincePause = 0;
  }

  override end(): void {
    if (this.state === "open") assert.ok(!this.holds, "ended before the last write was taken");
    if (this.state !== "destroyed") super.end();
  }

  say(bytes: Uint8Array): void {
    if (this.fin === "not sent") this.onTheWay = Buffer.concat([this.onTheWay, bytes]);
  }

  /** Up to `count` bytes arrive, in one chunk, and the FIN behind the last of them. */
  arrive(count: number): void {
    const chunk = this.onTheWay.subarray(0, count);
    if (chunk.length > 0 && this.isReadable) {
      this.onTheWay = this.onTheWay.subarray(chunk.length);
      this.arrived = Buffer.concat([this.arrived, chunk]);
      if (this.paused) this.#chunksSincePause += 1;
      // The connection's own, which it may change.
      this.receive(Buffer.from(chunk));
    }
    if (this.fin !== "sent" || this.onTheWay.length > 0 || !this.isReadable || this.paused) return;
    this.fin = "arrived";
    this.sink.ended();
  }

  /** The write that it holds on to is taken. */
  take(): boolean {
    const held = this.#held;
    if (held === null || this.isClosed || this.state === "destroyed") return false;
    this.#held = null;
    assert.deepEqual(Buffer.from(held.bytes), held.copy, "changed while the stream held on to it");
    this.drain();
    return true;
  }

  /** What is over is told to be: both halves in good order, or what was destroyed. */
  finish(): void {
    const isOver = this.state === "destroyed" || (this.state === "ended" && this.fin === "arrived");
    if (!isOver || this.isClosed) return;
    this.isClosed = true;
    this.sink.closed();
  }

  override reset(): void {
    if (this.isClosed || this.state === "destroyed") return;
    this.isClosed = true;
    super.reset();
  }
}
