import { bytes, type Codec, codec, raw, textLines } from "@parley/core";
import { broadcast, chargen, createServer, daytime, discard, echo, proxy, time } from "@parley/server";
import { type ByteCodecName, byteCodec, byteCodecNames } from "./byte-codecs.ts";
import type { Service } from "./service.ts";

const rawBytes = (): Codec<Uint8Array> => codec(raw(), bytes({ borrow: true }));

const withoutOptions = {
  codecs: [],
  needsTarget: false,
  datagrams: true,
  example: "printf 'hello\\n' | nc -N 127.0.0.1 6666",
};

/** Those that are there to test connections with. */
export const byteServices: readonly Service<ByteCodecName>[] = [
  {
    ...withoutOptions,
    name: "echo",
    description: "send every message back to whoever sent it (RFC 862)",
    codecs: byteCodecNames,
    createServer: (choice, settings) =>
      createServer({ ...settings, codec: byteCodec(choice.codec, { borrow: true }), handler: echo() }),
  },
  {
    ...withoutOptions,
    name: "discard",
    description: "read everything and answer nothing (RFC 863)",
    createServer: (_, settings) => createServer({ ...settings, codec: rawBytes(), handler: discard() }),
  },
  {
    ...withoutOptions,
    name: "chargen",
    description: "send lines of characters as fast as they are read (RFC 864)",
    createServer: (_, settings) =>
      createServer({ ...settings, codec: textLines({ send: "crlf" }), handler: chargen() }),
  },
  {
    ...withoutOptions,
    name: "time",
    description: "tell the seconds since 1900 as 4 bytes, and close (RFC 868)",
    createServer: (_, settings) => createServer({ ...settings, codec: rawBytes(), handler: time() }),
  },
  {
    ...withoutOptions,
    name: "daytime",
    description: "tell date and time for people, and close (RFC 867)",
    createServer: (_, settings) =>
      createServer({ ...settings, codec: textLines({ send: "crlf" }), handler: daytime() }),
  },
  {
    ...withoutOptions,
    name: "broadcast",
    description: "send every message to all others that are connected; nobody is closed for being idle",
    codecs: byteCodecNames,
    createServer(choice, settings) {
      const spoken = byteCodec(choice.codec, { borrow: false });
      return createServer({
        idleTimeoutMs: Number.POSITIVE_INFINITY,
        ...settings,
        codec: spoken,
        handler: broadcast(spoken),
      });
    },
  },
  {
    ...withoutOptions,
    name: "proxy",
    description: "carry everything over to another address and back",
    needsTarget: true,
    createServer: ({ to }, settings) =>
      createServer({
        ...settings,
        holdBackWhenFull: false,
        codec: codec(raw(), bytes()),
        handler: proxy(to),
      }),
  },
];
