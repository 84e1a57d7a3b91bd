import { checkOneOf } from "../options.ts";
import type { FrameLimit } from "./frame-limit.ts";

/** For framings that can find the next frame behind one that is too long. */
export interface OversizePolicy extends FrameLimit {
  /**
   * What becomes of a frame beyond `maxFrameBytes`: the connection is closed (`fatal`, the default), or the frame is reported
   * once, passed over without being kept, and the next one is read (`skip`).
   */
  readonly onTooLong?: "fatal" | "skip";
}

/** Whether frames that are too long are skipped. @throws ParleyError `bad-option`. */
export function skipsOversize({ onTooLong = "fatal" }: OversizePolicy): boolean {
  return checkOneOf("onTooLong", onTooLong, ["fatal", "skip"]) === "skip";
}
