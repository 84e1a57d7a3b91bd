import type { Codec } from "@parley/core";
import { type CodecTestOptions, codecProperties } from "./codec-properties.ts";

/**
 * Runs every property of {@link codecProperties} over a codec; `samples` are messages that it can express, an empty one
 * and a long one among them.
 * @throws Error with the property that does not hold, and the seed that replays it.
 */
export function testCodec<Message>(
  codec: Codec<Message>,
  samples: readonly Message[],
  options?: CodecTestOptions<Message>,
): void {
  for (const { name, check } of codecProperties(codec, samples, options)) {
    try {
      check();
    } catch (cause) {
      throw new Error(`${codec.id}: it does not hold that ${name}: ${(cause as Error).message}`, { cause });
    }
  }
}
