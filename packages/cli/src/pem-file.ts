import { readFileSync } from "node:fs";
import { ParleyError } from "@parley/core";

/** What is in a file with certificates or a key. @throws ParleyError `bad-option` if it cannot be read. */
export function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ParleyError("bad-option", `${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}
