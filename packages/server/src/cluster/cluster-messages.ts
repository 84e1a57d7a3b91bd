import type { ErrorCode } from "@parley/core";
import type { DrainReport } from "../drain.ts";
import type { ServerCounters } from "../reception.ts";

/** What a worker tells the primary, as JSON over Node's channel between the two. */
export type FromWorker =
  | { readonly parley: "listening"; readonly addresses: readonly string[] }
  /** `start` failed; `code` is null unless with a `ParleyError`. The worker ends. */
  | {
      readonly parley: "failed";
      readonly code: ErrorCode | null;
      readonly message: string;
      readonly stack: string | undefined;
    }
  | { readonly parley: "counted"; readonly counters: ServerCounters }
  /** The drain is through. The worker waits for `leave`: a connection may be on its way to it, which it then returns. */
  | { readonly parley: "drained"; readonly report: DrainReport }
  /** The last of all, so that whatever was told before is on its way. */
  | { readonly parley: "left" };

/** What the primary tells a worker. */
export type ToWorker =
  | { readonly parley: "count" }
  | { readonly parley: "drain"; readonly graceMs: number }
  | { readonly parley: "leave" };

/** Whether it is one of these; the channel may carry the program's own messages besides. */
export function isClusterMessage(message: unknown): message is { readonly parley: string } {
  return (
    typeof message === "object" &&
    message !== null &&
    typeof (message as { parley?: unknown }).parley === "string"
  );
}
