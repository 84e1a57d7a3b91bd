import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { codec, lines, text } from "@parley/core";
import split2 from "split2";
import { chunksOf, framesPerStream, payloadOf } from "./corpus.mjs";
import { fed } from "./node-streams.mjs";
import { bytesOf, decoding, MessageSink } from "./sinks.mjs";

const firstCode = (line) => line.charCodeAt(0);

/** Lines as strings, of which the others know no other form: `textLines` against split2 and node:readline. */
export const textLinesTables = [64, 1024, 65_536].map((lineBytes) => {
  const frames = framesPerStream(lineBytes);
  let check = 0;
  for (let i = 0; i < frames; i++) check += payloadOf(i, 1)[0];
  return {
    name: `textLines, ${lineBytes} B`,
    frames,
    check,
    contestants() {
      const chunks = chunksOf(frames, (i) => Buffer.concat([payloadOf(i, lineBytes - 1), Buffer.of(10)]));
      const { frame, message } = codec(lines(), text());
      return [
        decoding(
          "textLines()",
          chunks,
          () => frame.decoder(),
          () => new MessageSink(message, firstCode),
        ),
        { name: "split2", bytes: bytesOf(chunks), run: (passes) => fed(split2(), chunks, passes, firstCode) },
        { name: "readline", bytes: bytesOf(chunks), run: (passes) => readLines(chunks, passes) },
        decoding("lines(), bytes", chunks, () => lines().decoder()),
      ];
    },
  };
});

function readLines(chunks, passes) {
  let next = 0;
  const input = new Readable({
    highWaterMark: 64 * 1024,
    read() {
      this.push(next < chunks.length * passes ? chunks[next++ % chunks.length] : null);
    },
  });
  let frames = 0;
  let check = 0;
  return new Promise((resolve) => {
    createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
      .on("line", (line) => {
        frames += 1;
        check += firstCode(line);
      })
      .on("close", () => resolve({ frames, check }));
  });
}
