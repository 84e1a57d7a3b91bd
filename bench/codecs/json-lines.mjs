import { jsonLines } from "@parley/core";
import ndjson from "ndjson";
import { chunksOf, framesPerStream } from "./corpus.mjs";
import { jsonValueOf } from "./json-values.mjs";
import { fed } from "./node-streams.mjs";
import { bytesOf, decoding, MessageSink } from "./sinks.mjs";

const idOf = (value) => value.id;

/** JSON lines to values, against ndjson, and JSON.parse alone on strings that somebody has cut already. */
export const jsonLinesTables = [64, 1024, 65_536].map((lineBytes) => {
  const frames = framesPerStream(lineBytes);
  let check = 0;
  for (let i = 0; i < frames; i++) check += i % 1000;
  return {
    name: `jsonLines, ${lineBytes} B`,
    frames,
    check,
    contestants() {
      const texts = Array.from({ length: frames }, (_, i) => JSON.stringify(jsonValueOf(i, lineBytes)));
      const chunks = chunksOf(frames, (i) => Buffer.from(`${texts[i]}\n`));
      const { frame, message } = jsonLines();
      return [
        decoding(
          "jsonLines()",
          chunks,
          () => frame.decoder(),
          () => new MessageSink(message, idOf),
        ),
        { name: "JSON.parse alone", bytes: bytesOf(chunks), run: (passes) => parseAll(texts, passes) },
        {
          name: "ndjson",
          bytes: bytesOf(chunks),
          run: (passes) => fed(ndjson.parse(), chunks, passes, idOf),
        },
      ];
    },
  };
});

function parseAll(texts, passes) {
  let frames = 0;
  let check = 0;
  for (let pass = 0; pass < passes; pass++) {
    for (const text of texts) {
      frames += 1;
      check += idOf(JSON.parse(text));
    }
  }
  return { frames, check };
}
