import {
  type Codec,
  codec,
  contentLength,
  json,
  jsonFrames,
  jsonLines,
  jsonStream,
  msgpackFrames,
} from "@parley/core";

/** How the command line names what JSON-RPC is spoken in. */
export type RpcCodecName = "json-lines" | "json-frames" | "content-length" | "json-stream" | "msgpack-frames";

const codecs: Readonly<Record<RpcCodecName, () => Codec<unknown>>> = {
  "json-lines": jsonLines,
  "json-frames": jsonFrames,
  "content-length": () => codec(contentLength(), json()),
  "json-stream": () => codec(jsonStream(), json()),
  // Whether a number may be that big is for the contract to say.
  "msgpack-frames": () => msgpackFrames({ integers: "bigint" }),
};

/** The names, the default first. */
export const rpcCodecNames: readonly RpcCodecName[] = Object.keys(codecs) as RpcCodecName[];

/** The codec of that name. */
export function rpcCodec(name: RpcCodecName): Codec<unknown> {
  return codecs[name]();
}
