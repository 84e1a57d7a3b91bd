import { bytes, type Codec, codec, type FrameCodec, lengthPrefix, lines, raw } from "@parley/core";
import { Option } from "commander";

/** How the command line names a framing. */
export type CodecName = "lines" | "length-prefix" | "raw";

const framings: Readonly<Record<CodecName, () => FrameCodec>> = { lines, "length-prefix": lengthPrefix, raw };

/** `--codec`. */
export function codecOption(): Option {
  return new Option("--codec <name>", "how messages are told apart")
    .choices(Object.keys(framings))
    .default("lines");
}

/** The codec of that name; its messages are bytes, so that nothing is lost or refused on the way through. */
export function byteCodec(name: CodecName, options: { readonly borrow: boolean }): Codec<Uint8Array> {
  return codec(framings[name](), bytes(options));
}
