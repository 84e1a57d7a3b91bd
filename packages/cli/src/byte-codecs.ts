import { bytes, type Codec, codec, type FrameCodec, lengthPrefix, lines, raw } from "@parley/core";

/** How the command line names a framing of bytes. */
export type ByteCodecName = "lines" | "length-prefix" | "raw";

const framings: Readonly<Record<ByteCodecName, () => FrameCodec>> = {
  lines,
  "length-prefix": lengthPrefix,
  raw,
};

/** The names, the default first. */
export const byteCodecNames: readonly ByteCodecName[] = Object.keys(framings) as ByteCodecName[];

/** The codec of that name; its messages are bytes, so that nothing is lost or refused on the way through. */
export function byteCodec(name: ByteCodecName, options: { readonly borrow: boolean }): Codec<Uint8Array> {
  return codec(framings[name](), bytes(options));
}
