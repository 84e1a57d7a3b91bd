import {
  bytes,
  codec,
  contentLength,
  delimited,
  encode,
  jsonFrames,
  jsonStream,
  lengthPrefix,
  msgpackFrames,
  netstring,
} from "@parley/core";
import { chunksOf, framesPerStream, payloadOf } from "./corpus.mjs";
import { jsonValueOf } from "./json-values.mjs";
import { decoding, MessageSink } from "./sinks.mjs";

const sizes = [64, 1024, 65_536];
const idOf = (value) => value.id;
const quote = 0x22;

/** The other framings of the same payloads against `lengthPrefix`, as bytes. */
const framings = sizes.map((frameBytes) => {
  const frames = framesPerStream(frameBytes);
  return {
    name: `frame codecs, ${frameBytes} B`,
    frames,
    check: frames * quote,
    contestants: () =>
      [
        ["lengthPrefix()", lengthPrefix()],
        ["netstring()", netstring()],
        ["contentLength()", contentLength()],
        ["delimited, NUL", delimited({ delimiters: ["\0"] })],
        ["delimited, CR LF CR LF", delimited({ delimiters: ["\r\n\r\n"] })],
        ["jsonStream()", jsonStream()],
      ].map(([name, frame]) => {
        const subject = codec(frame, bytes());
        const chunks = chunksOf(frames, (i) => encode(subject, jsonString(i, frameBytes)).bytes);
        return decoding(name, chunks, () => frame.decoder());
      }),
  };
});

/** Values behind a length, as JSON and as MessagePack. */
const values = sizes.map((frameBytes) => {
  const frames = framesPerStream(frameBytes);
  let check = 0;
  for (let i = 0; i < frames; i++) check += i % 1000;
  return {
    name: `values behind a length, ${frameBytes} B of JSON`,
    frames,
    check,
    contestants: () =>
      [
        ["msgpackFrames()", msgpackFrames()],
        ["jsonFrames()", jsonFrames()],
      ].map(([name, subject]) =>
        decoding(
          name,
          chunksOf(frames, (i) => encode(subject, jsonValueOf(i, frameBytes)).bytes),
          () => subject.frame.decoder(),
          () => new MessageSink(subject.message, idOf),
        ),
      ),
  };
});

export const frameFamilyTables = [...framings, ...values];

/** A payload that is a JSON value too. */
function jsonString(i, length) {
  const payload = payloadOf(i, length);
  payload[0] = quote;
  payload[length - 1] = quote;
  return payload;
}
