import { checkInteger } from "../options.ts";

/** What every frame codec can be told. */
export interface FrameLimit {
  /** The longest frame in bytes of payload. Default 1 MiB; from 1 to 2³² − 1. */
  readonly maxFrameBytes?: number;
}

const defaultMaxFrameBytes = 1024 * 1024;

/** The checked limit. @throws ParleyError `bad-option`. */
export function frameLimit({ maxFrameBytes = defaultMaxFrameBytes }: FrameLimit): number {
  return checkInteger("maxFrameBytes", maxFrameBytes, 1, 0xffff_ffff);
}
