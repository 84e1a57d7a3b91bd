import {
  byteFrames,
  bytes,
  type Codec,
  codec,
  compressed,
  contentLength,
  delimited,
  type FrameCodec,
  fixedLength,
  json,
  jsonFrames,
  jsonLines,
  jsonStream,
  lengthPrefix,
  lines,
  msgpackFrames,
  netstring,
  raw,
  text,
  textLines,
  validated,
} from "@parley/core";
import { describe, it } from "vitest";
import { type CodecTestOptions, codecProperties } from "../src/codec/codec-properties.ts";

// The nightly script asks for more.
const runs = Number(process.env.PARLEY_CODEC_RUNS ?? 1_000);
const maxFrameBytes = 1024;
const texts = ["", "a", "日本", "emoji 🎈 and more", "x".repeat(300)];
const blobs = [
  new Uint8Array(),
  Uint8Array.of(0),
  Uint8Array.of(13, 13, 0, 255),
  new Uint8Array(300).fill(7),
];
const values = [null, 0, "", "a\nb", { a: [1, { b: "}{][" }] }, ['\\"', "é"], { __proto__x: 1 }];

function suite<Message>(
  name: string,
  ...[subject, samples, options]: Parameters<typeof codecProperties<Message>>
): void {
  describe(name, () => {
    const properties = codecProperties(subject, samples, { runs, ...options });
    it.each(properties)("$name", { timeout: 600_000 }, ({ check }) => check());
  });
}

const framed = (frame: FrameCodec): Codec<Uint8Array> => codec(frame, bytes());
const keepsNewline = { sized: (length: number) => `${"a".repeat(Math.max(0, length - 1))}\n` };
const jsonSized: CodecTestOptions<unknown> = { sized: (length) => "a".repeat(Math.max(0, length)) };

suite("lengthPrefix and bytes", byteFrames({ maxFrameBytes }), blobs);
suite("lengthPrefix and bytes, at the default limit", byteFrames(), blobs);
suite("lengthPrefix and json", jsonFrames({ maxFrameBytes }), values, jsonSized);
suite("lengthPrefix, skipping", byteFrames({ maxFrameBytes, onTooLong: "skip" }), blobs);
for (const width of [1, 2, 3, 4, 8, "varint"] as const) {
  for (const endian of ["big", "little"] as const) {
    const limit = width === 1 ? 254 : maxFrameBytes;
    const small = blobs.filter((blob) => blob.length <= limit);
    suite(
      `lengthPrefix, ${width} ${endian}`,
      framed(lengthPrefix({ width, endian, maxFrameBytes: limit })),
      small,
    );
  }
}
suite(
  "lengthPrefix, header kept, counted and adjusted",
  framed(
    lengthPrefix({
      width: 2,
      lengthOffset: 1,
      countsHeader: true,
      lengthAdjustment: -2,
      stripBytes: 0,
      maxFrameBytes,
    }),
  ),
  [Uint8Array.of(7, 0, 5), Uint8Array.of(7, 0, 7, 1, 2)],
  {
    sized: (length) => {
      const frame = new Uint8Array(Math.max(3, length));
      frame.set([7, (length + 2) >> 8, (length + 2) & 255]);
      return frame;
    },
  },
);
suite(
  "lengthPrefix, part of the header stripped",
  framed(lengthPrefix({ width: 2, lengthOffset: 2, stripBytes: 1, maxFrameBytes })),
  [Uint8Array.of(1, 0, 0), Uint8Array.of(1, 0, 2, 8, 9)],
  {
    sized: (length) => {
      const frame = new Uint8Array(Math.max(3, length));
      frame.set([1, (length - 3) >> 8, (length - 3) & 255]);
      return frame;
    },
  },
);

suite("lines and text", textLines({ maxFrameBytes }), texts);
suite("lines and bytes", framed(lines({ maxFrameBytes })), [new Uint8Array(), Uint8Array.of(13, 97, 0)]);
suite("lines and json", jsonLines({ maxFrameBytes }), values, jsonSized);
suite("lines, unterminated a fault", textLines({ maxFrameBytes, unterminated: "fault" }), texts);
suite("lines, skipping", textLines({ maxFrameBytes, onTooLong: "skip" }), texts);
suite("lines, sending CR LF", textLines({ maxFrameBytes, send: "crlf" }), [...texts, "a\r", "\r"]);
suite("lines, strict CR LF", textLines({ maxFrameBytes, newline: "crlf" }), [...texts, "a\r", "\r\r"]);
suite(
  "lines, strict CR LF, skipping",
  textLines({ maxFrameBytes, newline: "crlf", onTooLong: "skip" }),
  texts,
);
suite("lines, LF alone", textLines({ maxFrameBytes, newline: "lf" }), [...texts, "a\r", "\r"]);
suite(
  "lines, newline kept",
  textLines({ maxFrameBytes, keepNewline: true }),
  ["\n", "a\n", "日本\n"],
  keepsNewline,
);
suite(
  "lines, newline kept, skipping",
  textLines({ maxFrameBytes, keepNewline: true, onTooLong: "skip" }),
  ["\n", "a\n"],
  keepsNewline,
);

suite("delimited, one byte", framed(delimited({ delimiters: ["\0"], maxFrameBytes })), [
  new Uint8Array(),
  Uint8Array.of(1, 2),
]);
suite(
  "delimited, several bytes",
  framed(delimited({ delimiters: ["\r\n.\r\n", "aab", ";"], maxFrameBytes })),
  [new Uint8Array(), Buffer.from("\r\n.\r \r\r\n"), Buffer.from("aaa")].map((sample) =>
    Uint8Array.from(sample),
  ),
  { sized: (length) => new Uint8Array(length).fill(98) },
);
suite(
  "delimited, skipping",
  framed(delimited({ delimiters: ["--", "=="], maxFrameBytes, onTooLong: "skip" })),
  [new Uint8Array(), Uint8Array.of(45, 97)],
);

suite("netstring", framed(netstring({ maxFrameBytes })), blobs);
suite("netstring, skipping", framed(netstring({ maxFrameBytes, onTooLong: "skip" })), blobs);
suite("contentLength", framed(contentLength({ maxFrameBytes })), blobs);
suite("contentLength, skipping", framed(contentLength({ maxFrameBytes, onTooLong: "skip" })), blobs);
suite("contentLength and json", codec(contentLength({ maxFrameBytes }), json()), values, jsonSized);
suite("fixedLength", framed(fixedLength(7)), [Uint8Array.of(1, 2, 3, 4, 5, 6, 7)], { hasLimit: false });

suite("jsonStream and json", codec(jsonStream({ maxFrameBytes }), json()), values, jsonSized);
suite(
  "jsonStream, skipping",
  codec(jsonStream({ maxFrameBytes, onTooLong: "skip", maxDepth: 3 }), json()),
  values,
  jsonSized,
);

/** A byte array takes 2 bytes beside its own up to 255, then 3. */
const binOf = (length: number): Uint8Array => new Uint8Array(length > 255 ? length - 1 : length);
const packed = [
  null,
  true,
  -1,
  2 ** 40,
  1.5,
  "日本",
  Uint8Array.of(0, 255),
  new Date(1_700_000_000_000),
  { a: [1, { b: "" }], "": [] },
  "x".repeat(300),
];
suite("lengthPrefix and msgpack", msgpackFrames({ maxFrameBytes }), packed, {
  sized: binOf,
});
suite(
  "lengthPrefix and msgpack with bigints",
  msgpackFrames({ maxFrameBytes, integers: "bigint" }),
  [...packed, 2n ** 60n, -(2n ** 62n)],
  {
    sized: binOf,
  },
);
suite("compressed", compressed(byteFrames({ maxFrameBytes })), blobs, { hasLimit: false });
suite("compressed text", compressed(codec(lengthPrefix({ maxFrameBytes }), text())), texts, {
  hasLimit: false,
});
suite(
  "validated",
  validated<{ a: number }>(jsonFrames({ maxFrameBytes }), {
    type: "object",
    properties: { a: { type: "number" } },
  }),
  [{ a: 1 }],
  { hasLimit: false },
);

suite("raw", framed(raw({ maxFrameBytes })), [Uint8Array.of(1)], { keepsBoundaries: false });
