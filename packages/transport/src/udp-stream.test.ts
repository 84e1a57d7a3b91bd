import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { record } from "../test/udp-record.ts";
import { type UdpPort, UdpStream } from "./udp-stream.ts";

const ends = { localAddress: "udp://127.0.0.1:1", remoteAddress: "udp://127.0.0.1:2" };
const inFlightLimit = 64 * 1024;

function framed(...datagrams: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    datagrams.flatMap((datagram) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(datagram));
      return [length, Buffer.from(datagram as string)];
    }),
  );
}

/** A socket that takes what it is given when told to. */
class Port implements UdpPort {
  readonly given: Uint8Array[] = [];
  readonly errors: Error[] = [];
  droppedDatagrams = 0;
  forgotten = 0;
  readonly #untaken: ((error: Error | null) => void)[] = [];

  send(_: UdpStream, datagram: Uint8Array, taken: (error: Error | null) => void): void {
    this.given.push(datagram);
    this.#untaken.push(taken);
  }

  sent(_: UdpStream, error: Error | null): void {
    if (error !== null) this.errors.push(error);
  }

  dropped(datagrams: number): void {
    this.droppedDatagrams += datagrams;
  }

  forget(): void {
    this.forgotten += 1;
  }

  take(count: number = this.#untaken.length, error: Error | null = null): void {
    for (const taken of this.#untaken.splice(0, count)) taken(error);
  }
}

function make(maxQueuedBytes = 10_000): { port: Port; stream: UdpStream } {
  const port = new Port();
  return { port, stream: new UdpStream(port, ends, maxQueuedBytes) };
}

describe("a stream of datagrams", () => {
  it("puts the length before each that arrives, an empty one too", () => {
    const { stream } = make();
    const seen = record(stream);
    for (const text of ["one", "", "two\nlines"]) stream.arrived(Buffer.from(text));
    expect(seen.bytes).toEqual(framed("one", "", "two\nlines"));
    expect(seen.chunks).toHaveLength(3);
    expect(stream).toMatchObject({ datagrams: true, ...ends });
  });

  it("splits what is written by the lengths, however many datagrams it holds", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.uint8Array({ maxLength: 300 }))), (writes) => {
        const { port, stream } = make();
        record(stream);
        for (const datagrams of writes) {
          stream.write(framed(...datagrams));
          port.take();
        }
        expect(port.given.map((datagram) => [...datagram])).toEqual(writes.flat().map((bytes) => [...bytes]));
      }),
    );
  });

  it("takes a copy of what is written", () => {
    const { port, stream } = make();
    record(stream);
    const bytes = framed("mine");
    expect(stream.write(bytes)).toBe(true);
    bytes.fill(0);
    expect(String(port.given[0])).toBe("mine");
  });

  it("asks for patience once too much is in flight, and reports drained once", () => {
    const { port, stream } = make();
    const seen = record(stream);
    const half = framed(Buffer.alloc(inFlightLimit / 2 - 4));
    expect(stream.write(half)).toBe(true);
    expect(stream.write(half)).toBe(true);
    expect(stream.write(framed(""))).toBe(false);
    port.take(2);
    expect(seen.drains).toBe(0);
    port.take();
    expect(seen.drains).toBe(1);
    expect(stream.write(half)).toBe(true);
    port.take();
    expect(seen.drains).toBe(1);
  });

  it("is ended by nothing that the system would not send", () => {
    const { port, stream } = make();
    const seen = record(stream);
    stream.write(framed("far too long"));
    port.take(1, new Error("EMSGSIZE"));
    expect(port.errors).toHaveLength(1);
    stream.arrived(Buffer.from("still here"));
    expect(seen.bytes).toEqual(framed("still here"));
  });

  it("keeps what arrives before it is opened", async () => {
    const { stream } = make();
    stream.arrived(Buffer.from("early"));
    const seen = record(stream);
    expect(seen.bytes.length).toBe(0);
    stream.arrived(Buffer.from("late"));
    await seen.until(({ chunks }) => chunks.length === 2);
    expect(seen.bytes).toEqual(framed("early", "late"));
  });

  it("keeps what arrives while paused up to the bound, and drops the rest", async () => {
    const { port, stream } = make(3 * (128 + 5));
    const seen = record(stream);
    stream.pause();
    for (const text of ["one__", "two__", "three", "four_"]) stream.arrived(Buffer.from(text));
    expect(port.droppedDatagrams).toBe(1);
    expect(seen.bytes.length).toBe(0);
    stream.resume();
    stream.arrived(Buffer.from("five_"));
    expect(port.droppedDatagrams).toBe(2);
    await seen.until(({ chunks }) => chunks.length === 3);
    stream.arrived(Buffer.from("six__"));
    expect(seen.bytes).toEqual(framed("one__", "two__", "three", "six__"));
  });

  it("counts small ones with what keeping them takes", () => {
    const { port, stream } = make(256 * 1024);
    record(stream);
    stream.pause();
    for (let index = 0; index < 5_000; index++) stream.arrived(new Uint8Array());
    expect(port.droppedDatagrams).toBe(5_000 - 2_048);
  });

  it("takes one beyond the bound while it is read", () => {
    const { port, stream } = make(100);
    const seen = record(stream);
    stream.arrived(Buffer.alloc(1_000));
    expect(seen.bytes.length).toBe(1_004);
    expect(port.droppedDatagrams).toBe(0);
  });

  it("may be paused again in the middle of what was kept", async () => {
    const { stream } = make();
    const lengths: number[] = [];
    let told = (): void => {};
    stream.open({
      received(bytes) {
        lengths.push(bytes.length);
        stream.pause();
        told();
      },
      ended() {},
      drained() {},
      closed() {},
    });
    stream.pause();
    for (const length of [1, 2]) stream.arrived(new Uint8Array(length));
    for (const expected of [[5], [5, 6]]) {
      const next = new Promise<void>((resolve) => {
        told = resolve;
      });
      stream.resume();
      await next;
      await nextTurn();
      expect(lengths).toEqual(expected);
    }
  });

  it.each([["of two"], [""]])(
    "sends what is in flight before it ends, an empty one too: %j",
    async (text) => {
      const { port, stream } = make();
      const seen = record(stream);
      stream.write(framed("first", text));
      stream.end();
      stream.end();
      port.take(1);
      await seen.untilEnded();
      expect(port.forgotten).toBe(0);
      port.take();
      expect(port.forgotten).toBe(1);
      await seen.untilClosed();
      expect(seen.end).toEqual({ error: undefined });
    },
  );

  it("drops what comes, or was kept, once it has ended", async () => {
    const { port, stream } = make();
    const seen = record(stream);
    stream.pause();
    stream.arrived(Buffer.from("kept"));
    stream.write(framed("in flight"));
    stream.end();
    stream.resume();
    stream.arrived(Buffer.from("later"));
    await seen.untilEnded();
    await nextTurn();
    expect(port.droppedDatagrams).toBe(2);
    port.take();
    await seen.untilClosed();
    expect(seen.bytes.length).toBe(0);
  });

  it("is destroyed without an error, and once", async () => {
    const { port, stream } = make();
    const seen = record(stream);
    stream.write(framed("lost"));
    stream.destroy();
    stream.destroy();
    stream.lost(new Error("late"));
    expect(seen.end).toBe(undefined);
    await seen.untilClosed();
    expect(seen.end).toEqual({ error: undefined });
    expect(port.forgotten).toBe(1);
    port.take();
    expect(stream.write(framed("nowhere"))).toBe(true);
    expect(port.given).toHaveLength(1);
  });

  it("is lost with the error", async () => {
    const { stream } = make();
    const seen = record(stream);
    const error = new Error("nobody");
    stream.lost(error);
    expect((await seen.untilClosed()).end).toEqual({ error });
  });

  it("expires as if the other side had ended, may still answer, and is gone when our side ends", async () => {
    const { port, stream } = make();
    const seen = record(stream);
    stream.expire();
    expect(seen.hasEnded).toBe(true);
    stream.arrived(Buffer.from("too late"));
    expect(port.droppedDatagrams).toBe(1);
    stream.write(framed("goodbye"));
    stream.end();
    port.take();
    await seen.untilClosed();
    expect(String(port.given[0])).toBe("goodbye");
  });

  it("is gone the next time, and nothing that passes meanwhile puts that off", async () => {
    const { port, stream } = make();
    const seen = record(stream);
    stream.expire();
    stream.usedAt = 0;
    stream.arrived(Buffer.from("still here"));
    stream.write(framed("and so are we"));
    expect(stream.usedAt).toBe(0);
    stream.expire();
    await seen.untilClosed();
    expect(port.forgotten).toBe(1);
  });

  it("tells that it has expired behind what was kept", async () => {
    const { stream } = make();
    const seen = record(stream);
    stream.pause();
    stream.arrived(Buffer.from("kept"));
    stream.expire();
    expect(seen.hasEnded).toBe(false);
    stream.resume();
    await seen.untilEnded();
    expect(seen.bytes).toEqual(framed("kept"));
  });
});
