import { byteFrames, bytes, codec, jsonFrames, jsonLines, lines, raw, textLines } from "@parley/core";
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

const jsonSized: CodecTestOptions<unknown> = { sized: (length) => "a".repeat(Math.max(0, length)) };

suite("lengthPrefix and bytes", byteFrames({ maxFrameBytes }), blobs);
suite("lengthPrefix and bytes, at the default limit", byteFrames(), blobs);
suite("lengthPrefix and json", jsonFrames({ maxFrameBytes }), values, jsonSized);
suite("lines and text", textLines({ maxFrameBytes }), texts);
suite("lines and bytes", codec(lines({ maxFrameBytes }), bytes()), [
  new Uint8Array(),
  Uint8Array.of(13, 97, 0),
]);
suite("lines and json", jsonLines({ maxFrameBytes }), values, jsonSized);
suite("lines, unterminated a fault", textLines({ maxFrameBytes, unterminated: "fault" }), texts);
suite("raw", codec(raw({ maxFrameBytes }), bytes()), [Uint8Array.of(1), new Uint8Array(2000)].slice(0, 1), {
  keepsBoundaries: false,
});
