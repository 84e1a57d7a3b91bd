// Bugs that others had in their framing, one test each, named by where they were found.
import { describe, expect, it } from "vitest";
import {
  type CloseReason,
  ConnectionSetup,
  codec,
  connectionOptions,
  contentLength,
  delimited,
  type FrameCodec,
  type FrameDecoder,
  fixedLength,
  json,
  jsonStream,
  lengthPrefix,
  lines,
  netstring,
  StreamConnection,
  text,
  textLines,
} from "../src/index.ts";
import {
  bytesOf,
  decoded,
  decodedToEnd,
  framed,
  malformed,
  pendingAfter,
  singly,
  skipped,
  tooLong,
} from "./decoded.ts";
import { ScriptedClock, ScriptedStream } from "./scripted-stream.ts";

const mebibyte = 1024 * 1024;
const quietSink = { frame: () => true, fault: () => true };

/** The bytes of buffers that exist more after `work` than before it. */
function grownBy(work: () => unknown): number {
  const before = process.memoryUsage().arrayBuffers;
  const kept = work();
  const grown = process.memoryUsage().arrayBuffers - before;
  // Held until it was measured.
  expect(kept).toBeDefined();
  return grown;
}

/** A connection of text lines of at most 4 bytes, on which `input` arrives. */
function connectionReceiving(...input: string[]) {
  const stream = new ScriptedStream();
  const clock = new ScriptedClock();
  const closes: CloseReason[] = [];
  const messages: string[] = [];
  const connection = new StreamConnection(
    new ConnectionSetup<string>({
      idPrefix: "c",
      codec: textLines({ maxFrameBytes: 4 }),
      clock,
      options: connectionOptions({}),
      observer: { closed: (_, reason) => closes.push(reason), handlerFailed() {} },
    }),
    stream,
    1,
  );
  connection.open();
  connection.handle({ message: (message) => void messages.push(message) });
  for (const chunk of input) stream.receive(chunk);
  clock.turn();
  return { stream, connection, closes, messages };
}

describe("vscode-jsonrpc", () => {
  it("a header without CR LF in chunks of 256 bytes costs no more per chunk the more have come", () => {
    const header = contentLength();
    const decoder = header.decoder();
    const chunk = bytesOf("x".repeat(256));
    let faults = 0;
    const sink = { frame: () => true, fault: () => ++faults < 0 };
    for (let i = 0; i < 5; i++) decoder.push(chunk, 0, chunk.length, sink);
    expect(faults).toBe(1);
    expect(pendingAfter(header, ...Array(4).fill("x".repeat(256)))).toBe(1024);
  });

  it.each(["-5", "+5", "1e3", "0x10", "12abc", "٣", "5 5"])(
    "Content-Length %j does not put the stream out of step",
    (value) => {
      const header = Buffer.from(`Content-Length: ${value}\r\n\r\n`).toString("latin1");
      expect(decoded(contentLength(), `${header}helloContent-Length: 2\r\n\r\nhi`)).toEqual([malformed]);
    },
  );
});

describe("ws", () => {
  it("CVE-2024-37890: too many headers are refused, and not by a crash", () => {
    expect(decoded(contentLength(), "a: b\r\n".repeat(10_000))).toEqual([malformed]);
  });

  it("CVE-2021-32640: white space in a header is passed over once, not by a regular expression", () => {
    const blanks = " ".repeat(1000);
    expect(decoded(contentLength(), `Content-Length:${blanks}2\r\n\r\nhi`)).toEqual(["hi"]);
    expect(decoded(contentLength(), `Content-Length:2${blanks}\r\n\r\nhi`)).toEqual(["hi"]);
    expect(decoded(contentLength(), `Content-Length:${blanks}x\r\n\r\nhi`)).toEqual([malformed]);
  });

  it("CVE-2026-48779: fragments of one byte hold no more memory than the bytes they bring", () => {
    for (const frame of [lines(), jsonStream(), delimited({ delimiters: ["\0"] })]) {
      const grown = grownBy(() => {
        const decoder = frame.decoder();
        for (let i = 0; i < 100_000; i++) decoder.push(bytesOf(i === 0 ? '"' : "x"), 0, 1, quietSink);
        expect(decoder.pending).toBe(100_000);
        return decoder;
      });
      // The chunks themselves wait for the collector.
      expect(grown, frame.id).toBeLessThan(2 * mebibyte);
    }
  });
});

describe("Netty", () => {
  it.each<[string, FrameCodec, string]>([
    ["lengthPrefix", lengthPrefix({ maxFrameBytes: 5 }), "\0\0\0\x06"],
    ["netstring", netstring({ maxFrameBytes: 5 }), "6:"],
    ["contentLength", contentLength({ maxFrameBytes: 5 }), "Content-Length: 6\r\n\r\n"],
  ])(
    "CVE-2026-44248: %s checks the size on the header, before anything of the frame is read",
    (_, frame, header) => {
      expect(decoded(frame, header)).toEqual([tooLong(5, 6)]);
    },
  );

  it.each<[string, FrameCodec, string]>([
    ["lines", lines({ maxFrameBytes: 5 }), "abcdef"],
    ["delimited", delimited({ delimiters: ["\0"], maxFrameBytes: 5 }), "abcdef"],
    ["jsonStream", jsonStream({ maxFrameBytes: 5 }), '"abcde'],
  ])(
    "CVE-2026-44248: %s checks the size while it reads, not once the end was found",
    (_, frame, beginning) => {
      expect(decoded(frame, beginning)).toEqual([tooLong(5)]);
      expect(decoded(frame, ...singly(beginning))).toEqual([tooLong(5)]);
    },
  );

  it.each<[string, FrameCodec, string, unknown]>([
    [
      "lengthPrefix",
      lengthPrefix({ width: 1, maxFrameBytes: 3, onTooLong: "skip" }),
      "\x04abcd\x02ok",
      skipped(3, 4),
    ],
    ["netstring", netstring({ maxFrameBytes: 3, onTooLong: "skip" }), "4:abcd,2:ok,", skipped(3, 4)],
    [
      "contentLength",
      contentLength({ maxFrameBytes: 3, onTooLong: "skip" }),
      "Content-Length: 4\r\n\r\nabcdContent-Length: 2\r\n\r\nok",
      skipped(3, 4),
    ],
    ["lines", lines({ maxFrameBytes: 3, onTooLong: "skip" }), "abcd\nok\n", skipped(3)],
    [
      "delimited",
      delimited({ delimiters: [";;"], maxFrameBytes: 3, onTooLong: "skip" }),
      "abcd;;ok;;",
      skipped(3),
    ],
  ])(
    "CVE-2026-56818: %s keeps nothing of a frame beyond the limit for the next one",
    (_, frame, stream, fault) => {
      for (const chunks of [[stream], singly(stream), [stream.slice(0, -5), stream.slice(-5)]]) {
        expect(decoded(frame, ...chunks)).toEqual([fault, "ok"]);
      }
    },
  );

  it("GHSA-x4gw-5cx5-pgmh: 9 bytes do not reserve 16 MiB", () => {
    const frame = lengthPrefix({ width: 8, maxFrameBytes: 32 * mebibyte });
    const nineBytes = bytesOf("\0\0\0\0\x01\0\0\0x");
    const grown = grownBy(() => {
      const decoder = frame.decoder();
      decoder.push(nineBytes, 0, nineBytes.length, quietSink);
      expect(decoder.pending).toBe(9);
      return decoder;
    });
    expect(grown).toBeLessThan(mebibyte);
  });
});

describe("tokio", () => {
  it("#4815: the limit is on the length after its adjustment", () => {
    const header = { lengthAdjustment: -4, maxFrameBytes: 10 };
    expect(framed(lengthPrefix(header), "a".repeat(10))).toBe(`\0\0\0\x0e${"a".repeat(10)}`);
    expect(decoded(lengthPrefix(header), `\0\0\0\x0e${"a".repeat(10)}`)).toEqual(["a".repeat(10)]);
    expect(decoded(lengthPrefix(header), "\0\0\0\x0f")).toEqual([tooLong(10, 11)]);
    expect(decoded(lengthPrefix({ lengthAdjustment: 4, maxFrameBytes: 10 }), "\0\0\0\x07")).toEqual([
      tooLong(10, 11),
    ]);
  });

  it("#5080: the encoder does not cut a length down to its field", () => {
    for (const [width, longest] of [
      [1, 255],
      [2, 65_535],
    ] as const) {
      expect(() => framed(lengthPrefix({ width }), "x".repeat(longest + 1))).toThrow(
        expect.objectContaining({ code: "unencodable" }),
      );
      expect(framed(lengthPrefix({ width }), "x".repeat(longest))).toHaveLength(width + longest);
    }
  });

  it("#3976, #3555: a connection ends with an error of its stream, and has it once", () => {
    const { stream, connection, closes, messages } = connectionReceiving("ok\nmuch too long\nok\n");
    stream.receive("more\n");
    expect(messages).toEqual(["ok"]);
    expect(connection.state).not.toBe("open");
    stream.sink.closed(undefined);
    expect(closes).toHaveLength(1);
  });
});

describe("Twisted", () => {
  it("#6556: a line of exactly the maximum passes when its CR LF comes in two", () => {
    const three = lines({ maxFrameBytes: 3 });
    expect(decoded(three, "xyz\r", "\n")).toEqual(["xyz"]);
    expect(decoded(three, "xyz", "\r", "\n")).toEqual(["xyz"]);
    expect(decoded(three, "xyz\r", "x")).toEqual([tooLong(3)]);
  });

  it("#3542: the end by an over-long line does not look like a clean close", () => {
    const { stream, closes } = connectionReceiving("much too long");
    stream.sink.closed(undefined);
    expect(closes).toEqual([{ by: "local", kind: "frame-too-long", limit: 4 }]);
  });
});

describe("grpc-js", () => {
  it("CVE-2024-37168: a frame beyond the limit is not kept until it is whole, and then dropped", () => {
    const skipping = { maxFrameBytes: 1024, onTooLong: "skip" } as const;
    const chunk = "x".repeat(64 * 1024);
    for (const [frame, header] of [
      [lengthPrefix(skipping), "\0\x20\0\0"],
      [netstring(skipping), "2097152:"],
      [lines(skipping), ""],
      [jsonStream(skipping), '"'],
    ] as const) {
      expect(pendingAfter(frame, header, ...Array(31).fill(chunk)), frame.id).toBe(0);
    }
  });
});

describe("NestJS", () => {
  it.each<[string, FrameCodec]>([
    ["lines", lines()],
    ["delimited", delimited({ delimiters: ["#"] })],
    ["jsonStream", jsonStream()],
    ["contentLength", contentLength()],
    ["netstring", netstring()],
  ])(
    "#13145: %s has a maximum without being told: a stream that never ends a frame ends in a fault",
    (_, frame) => {
      const chunk = bytesOf("1".repeat(64 * 1024));
      const decoder = frame.decoder();
      let faults = 0;
      let chunks = 0;
      let held = 0;
      while (faults === 0 && chunks < 64) {
        decoder.push(chunk, 0, chunk.length, { frame: () => true, fault: () => ++faults < 0 });
        held = Math.max(held, decoder.pending);
        chunks += 1;
      }
      expect(chunks).toBeLessThanOrEqual(17);
      expect(held).toBeLessThanOrEqual(mebibyte + 1);
    },
  );
});

describe("basic-ftp", () => {
  it("CVE-2026-44240: a reply that never ends is given up at the limit", () => {
    const { closes, stream } = connectionReceiving(...singly("220-xyz"));
    stream.sink.closed(undefined);
    expect(closes).toMatchObject([{ kind: "frame-too-long" }]);
  });
});

describe("malformed input", () => {
  it.each<[string, string, ReturnType<typeof tooLong>]>([
    ["max + 1", "\0\x10\0\x01", tooLong(mebibyte, mebibyte + 1)],
    ["2^31", "\x80\0\0\0", tooLong(mebibyte, 2 ** 31)],
    ["2^32 - 1, or -1", "\xff\xff\xff\xff", tooLong(mebibyte, 2 ** 32 - 1)],
  ])("a length of %s is refused on the header alone, and reserves nothing", (_, header, fault) => {
    expect(decoded(lengthPrefix(), header)).toEqual([fault]);
    const grown = grownBy(() => {
      const decoders: FrameDecoder[] = Array.from({ length: 1_000 }, () => lengthPrefix().decoder());
      for (const decoder of decoders) decoder.push(bytesOf(header), 0, 4, quietSink);
      return decoders;
    });
    expect(grown).toBeLessThan(mebibyte);
  });

  it("a length beyond 2^53 is refused, however many bits it has", () => {
    const eight = lengthPrefix({ width: 8 });
    expect(decoded(eight, "\0\x20\0\0\0\0\0\x01")).toEqual([tooLong(mebibyte, 2 ** 53)]);
    expect(decoded(eight, "\xff\xff\xff\xff\xff\xff\xff\xff")).toEqual([tooLong(mebibyte, 2 ** 64)]);
  });

  it("lengths of nothing and of the maximum are ordinary", () => {
    const frame = lengthPrefix({ maxFrameBytes: 4 });
    expect(decoded(frame, "\0\0\0\0\0\0\0\x04abcd")).toEqual(["", "abcd"]);
  });

  it.each<[string, FrameCodec, string]>([
    ["lengthPrefix", lengthPrefix(), "\0\0\0\x05hel"],
    ["contentLength", contentLength(), "Content-Length: 5\r\n\r\nhel"],
    ["netstring", netstring(), "5:hel"],
    ["fixedLength", fixedLength(5), "hel"],
    ["delimited", delimited({ delimiters: ["\0"] }), "hel"],
    ["jsonStream", jsonStream(), '"hel'],
    ["strict lines", lines({ unterminated: "fault" }), "hel"],
  ])("%s does not take a frame that was cut off for a whole one", (_, frame, cut) => {
    expect(decodedToEnd(frame, cut)).toEqual([malformed]);
  });

  it("a name like __proto__ is a plain property", () => {
    const [frame] = decoded(lines(), '{"__proto__":{"admin":true},"constructor":1,"toString":2}\n');
    const message = json<Record<string, unknown>>();
    const bytes = bytesOf(frame as string);
    const value = message.decode(bytes, 0, bytes.length);
    expect(Object.keys(value)).toEqual(["__proto__", "constructor", "toString"]);
    expect(value.admin).toBe(undefined);
  });

  it.each<[string, string, FrameCodec[]]>([
    [
      "an HTTP request",
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      [contentLength(), netstring(), jsonStream(), lengthPrefix()],
    ],
    ["a TLS hello", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", [netstring(), jsonStream(), lengthPrefix()]],
    ["an SSH banner", "SSH-2.0-x\r\n", [contentLength(), netstring(), jsonStream(), lengthPrefix()]],
  ])("%s is a fault by its first line where the framing is none of it", (_, greeting, frames) => {
    for (const frame of frames) {
      expect(decoded(frame, greeting)[0], frame.id).toMatchObject({
        kind: frame.id.startsWith("length-prefix") ? "too-long" : "malformed",
      });
    }
  });

  it("bad UTF-8 is an error and never U+FFFD", () => {
    const { message } = codec(lines(), text());
    expect(() => message.decode(bytesOf("a\xff"), 0, 2)).toThrow(
      expect.objectContaining({ code: "malformed" }),
    );
  });
});
