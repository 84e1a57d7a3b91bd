import { describe, expect, it } from "vitest";
import { decoded, framed, skipped } from "../test/decoded.ts";
import { ScriptedClock, ScriptedStream } from "../test/scripted-stream.ts";
import {
  byteFrames,
  type Codec,
  ConnectionSetup,
  connectionOptions,
  datagramCodec,
  encode,
  encodeForEach,
  type Handler,
  StreamConnection,
  textLines,
} from "./index.ts";

const mostBytes = 65_507;

describe("the codec of datagrams", () => {
  it("is one and the same for each codec, and another for another", () => {
    const [lines, others] = [textLines(), textLines()];
    expect(datagramCodec(lines)).toBe(datagramCodec(lines));
    expect(datagramCodec(lines)).not.toBe(datagramCodec(others));
  });

  it("speaks the codec's messages, each behind its length in place of the codec's own framing", () => {
    const lines = textLines();
    const datagrams = datagramCodec(lines);
    expect(datagrams.message).toBe(lines.message);
    expect(datagrams.id).not.toBe(lines.id);
    expect([...encode(datagrams, "two\nlines").bytes.subarray(0, 4)]).toEqual([0, 0, 0, 9]);
  });

  it("holds what a datagram can carry, or less if the codec allows less", () => {
    expect(datagramCodec(byteFrames()).frame.maxFrameBytes).toBe(mostBytes);
    expect(datagramCodec(byteFrames({ maxFrameBytes: 100 })).frame.maxFrameBytes).toBe(100);
    const datagrams = datagramCodec(byteFrames());
    expect(encode(datagrams, new Uint8Array(mostBytes)).bytes.length).toBe(4 + mostBytes);
    expect(() => encode(datagrams, new Uint8Array(mostBytes + 1))).toThrow(
      expect.objectContaining({ code: "frame-too-long", limit: mostBytes, actual: mostBytes + 1 }),
    );
  });
});

describe("a datagram that is too long", () => {
  it("is passed over, and the next is read", () => {
    const { frame } = datagramCodec(byteFrames({ maxFrameBytes: 3 }));
    const four = "\0\0\0\x04four";
    expect(decoded(frame, four, framed(frame, "one"))).toEqual([skipped(3, 4), "one"]);
    const most = datagramCodec(byteFrames()).frame;
    const longest = "x".repeat(mostBytes);
    const longer = `\0\0\xff\xe4${longest}y`;
    expect(decoded(most, framed(most, longest), longer, framed(most, ""))).toEqual([
      longest,
      skipped(mostBytes, mostBytes + 1),
      "",
    ]);
  });
});

class DatagramStream extends ScriptedStream {
  readonly datagrams = true;
  readonly sent: Uint8Array[] = [];

  override write(bytes: Uint8Array): boolean {
    this.sent.push(Uint8Array.from(bytes));
    return super.write(bytes);
  }
}

/** A datagram as the stream brings it. */
function datagram(payload: string): Buffer {
  const bytes = Buffer.from(payload);
  const whole = Buffer.alloc(4 + bytes.length);
  whole.writeUInt32BE(bytes.length);
  whole.set(bytes, 4);
  return whole;
}

function connect(handler: Handler<string>, codec: Codec<string>) {
  const stream = new DatagramStream();
  const clock = new ScriptedClock();
  const setup = new ConnectionSetup<string>({ idPrefix: "c", codec, clock, options: connectionOptions({}) });
  const connection = new StreamConnection(setup, stream, 1);
  connection.open();
  connection.handle(handler);
  return { stream, clock, connection };
}

const echo: Handler<string> = { message: (message, connection) => void connection.send(message) };

describe("a connection over a stream that carries datagrams", () => {
  it("takes and sends each message as a datagram of its own", () => {
    const lines = textLines();
    const { stream, clock, connection } = connect(echo, lines);
    expect(connection.codec).toBe(datagramCodec(lines));
    expect(connection.info().codec).toBe(datagramCodec(lines).id);
    stream.receive(datagram("no newline"));
    stream.receive(Buffer.concat([datagram("two\nlines"), datagram("")]));
    clock.turn();
    expect(Buffer.concat(stream.sent)).toEqual(
      Buffer.concat([datagram("no newline"), datagram("two\nlines"), datagram("")]),
    );
    expect(connection.counters).toMatchObject({ messagesIn: 3, messagesOut: 3 });
  });

  it("refuses to send what no datagram can carry, and goes on", () => {
    const { stream, clock, connection } = connect(echo, textLines());
    expect(() => connection.send("x".repeat(mostBytes + 1))).toThrow(
      expect.objectContaining({ code: "frame-too-long" }),
    );
    connection.send("fits");
    clock.turn();
    expect(Buffer.concat(stream.sent)).toEqual(datagram("fits"));
  });

  it("tells of a datagram that is passed over, and goes on", () => {
    const skips: unknown[] = [];
    const handler = { ...echo, skipped: (fault: unknown) => void skips.push(fault) };
    const { stream, clock } = connect(handler, textLines({ maxFrameBytes: 3 }));
    stream.receive(datagram("long"));
    stream.receive(datagram("one"));
    clock.turn();
    expect(skips).toEqual([skipped(3, 4)]);
    expect(Buffer.concat(stream.sent)).toEqual(datagram("one"));
  });

  it("speaks datagrams of the other codec once that is changed", () => {
    const binary = byteFrames();
    const handler: Handler<string> = {
      message(_, connection) {
        const switched = connection.switchCodec(binary, { message() {} });
        switched.send(Uint8Array.of(1, 2));
      },
    };
    const { stream, clock, connection } = connect(handler, textLines());
    stream.receive(datagram("switch"));
    clock.turn();
    expect(connection.codec).toBe(datagramCodec(binary));
    expect(Buffer.concat(stream.sent)).toEqual(Buffer.from([0, 0, 0, 2, 1, 2]));
  });

  it("sends bytes that were encoded for datagrams, and no others", () => {
    const lines = textLines();
    const { stream, clock, connection } = connect(echo, lines);
    expect(() => connection.sendEncoded(encode(lines, "x"))).toThrow(
      expect.objectContaining({ code: "wrong-codec" }),
    );
    connection.sendEncoded(encode(datagramCodec(lines), "x"));
    clock.turn();
    expect(Buffer.concat(stream.sent)).toEqual(datagram("x"));
  });
});

it("encodes a message that is too long for a datagram for streams alone", () => {
  const codec = textLines({ maxFrameBytes: 100_000 });
  expect(encodeForEach(codec, "short").map(({ codecId }) => codecId)).toEqual([codec.id, "datagrams+text"]);
  expect(encodeForEach(codec, "x".repeat(70_000)).map(({ codecId }) => codecId)).toEqual([codec.id]);
});
