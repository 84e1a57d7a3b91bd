import {
  bytes,
  codec,
  contentLength,
  delimited,
  type FrameCodec,
  fixedLength,
  jsonStream,
  lengthPrefix,
  lines,
  netstring,
} from "@parley/core";
import { createServer, echo } from "@parley/server";
import { drippingClient, lyingClient, type Misbehaving } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { describe, expect, it } from "vitest";
import { besideAProbe, echoedClient, times } from "./beside-a-probe.ts";

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

interface Framing {
  readonly frame: FrameCodec;
  /** A frame's payload, for the probe. */
  readonly whole: string;
  /** What begins a frame, by the place in which it stops. */
  readonly begun: Readonly<Record<string, string>>;
  /** What begins a frame that goes on for longer than anybody waits, one byte now and then. */
  readonly dripping: string;
}

const framings: Readonly<Record<string, Framing>> = {
  lengthPrefix: {
    frame: lengthPrefix(),
    whole: "probe",
    begun: { header: "\0\0", "header's end": "\0\0\0\x09", body: "\0\0\0\x09abc" },
    dripping: `\0\0\xff\xff${"x".repeat(1_000)}`,
  },
  "lengthPrefix by varint": {
    frame: lengthPrefix({ width: "varint" }),
    whole: "probe",
    begun: { header: "\x80", "header's end": "\x09", body: "\x09abc" },
    dripping: `\xff\xff\x03${"x".repeat(1_000)}`,
  },
  contentLength: {
    frame: contentLength(),
    whole: "probe",
    begun: {
      "header's name": "Content-",
      header: "Content-Length: 9\r\n",
      "header's end": "Content-Length: 9\r\n\r\n",
      body: "Content-Length: 9\r\n\r\nabc",
    },
    dripping: `X-Padding: ${"x".repeat(1_000)}`,
  },
  netstring: {
    frame: netstring(),
    whole: "probe",
    begun: { header: "12", "header's end": "12:", body: "3:abc" },
    dripping: `65535:${"x".repeat(1_000)}`,
  },
  lines: {
    frame: lines(),
    whole: "probe",
    begun: { line: "abc", "line's end": "abc\r" },
    dripping: "never a line feed ",
  },
  delimited: {
    frame: delimited({ delimiters: ["<end>"] }),
    whole: "probe",
    begun: { frame: "abc", delimiter: "abc<en" },
    dripping: "never an <end ",
  },
  fixedLength: { frame: fixedLength(64), whole: "p".repeat(64), begun: { body: "abc" }, dripping: "x" },
  jsonStream: {
    frame: jsonStream(),
    whole: '{"a":1}',
    begun: { value: '{"a":', string: '["abc', escape: '["\\u00' },
    dripping: `["${"x".repeat(1_000)}`,
  },
};

describe("a frame that was begun has a deadline from its first byte", () => {
  it.each(Object.entries(framings))("%s", async (_, { frame, whole, begun, dripping }) => {
    const server = createServer({
      codec: codec(frame, bytes()),
      handler: echo<Uint8Array>(),
      frameTimeoutMs: 200,
    });
    const reasons = await besideAProbe(
      server,
      (url) => echoedClient(url, codec(frame, bytes()), bytesOf(whole)),
      async (url) => {
        const dial = socketDial(url);
        const clients: Promise<Misbehaving>[] = [
          ...Object.values(begun).map((head) => lyingClient(dial, bytesOf(head))),
          ...Array.from({ length: 3 }, () => drippingClient(dial, bytesOf(dripping), { everyMs: 20 })),
        ];
        await Promise.all((await Promise.all(clients)).map(({ gone }) => gone));
      },
    );
    expect(reasons["frame-timeout"]).toBe(Object.keys(begun).length + 3);
  });

  it("counts from the first byte of the second frame, where that is begun within the chunk of the first", async () => {
    const server = createServer({
      codec: codec(lines(), bytes()),
      handler: echo<Uint8Array>(),
      frameTimeoutMs: 200,
    });
    const reasons = await besideAProbe(
      server,
      (url) => echoedClient(url, codec(lines(), bytes()), bytesOf("probe")),
      async (url) => {
        const clients = await times(5, () => lyingClient(socketDial(url), bytesOf("whole\nbegun")));
        await Promise.all(clients.map(({ gone }) => gone));
      },
    );
    expect(reasons["frame-timeout"]).toBe(5);
  });
});
