import { fstatSync } from "node:fs";
import { ParleyError } from "@parley/core";

/** stdin, to be read. @throws ParleyError `bad-option` if it is a directory, which Node would take for an empty file. */
export function readableStdin(): typeof process.stdin {
  if (!fstatSync(0).isDirectory()) return process.stdin;
  throw new ParleyError("bad-option", "stdin is a directory; give it a file or a pipe.");
}

/** The chunks of stdin. @throws as `readableStdin`; ParleyError `bad-option` where it cannot be read. */
export async function* stdinChunks(): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* readableStdin() as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (cause instanceof ParleyError) throw cause;
    throw new ParleyError("bad-option", `stdin cannot be read: ${(cause as Error).message}.`, { cause });
  }
}
