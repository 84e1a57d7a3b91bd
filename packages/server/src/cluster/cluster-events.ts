import type { ParleyError } from "@parley/core";
import { EventEmitter } from "eventemitter3";
import type { ClusterReport } from "./cluster-report.ts";
import type { WorkerInfo } from "./worker-info.ts";

/** The one catalogue of what a cluster tells of itself: each event with its payload. */
export interface ClusterEvents {
  /** A process was started; it does not listen yet. */
  "worker-forked": [event: { readonly worker: WorkerInfo }];
  /** A worker listens at all of its addresses. */
  "worker-listening": [event: { readonly worker: WorkerInfo }];
  /** The worker that listens now stands in for one that had died, or was replaced by `restart()`. */
  "worker-restarted": [event: { readonly worker: WorkerInfo }];
  /** A worker ended, or could not be started, before it listened; `worker-exited` follows. */
  "worker-failed": [event: { readonly worker: WorkerInfo; readonly error: ParleyError }];
  /** A worker's process is gone; `restartInMs` is null if none takes its place, or one does already. */
  "worker-exited": [
    event: {
      readonly worker: WorkerInfo;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly restartInMs: number | null;
    },
  ];
  /** `close()` was called. */
  draining: [event: { readonly graceMs: number }];
  /** Every worker is gone. */
  drained: [event: { readonly report: ClusterReport }];
  /** A subscriber of this very catalogue threw. */
  "subscriber-error": [event: { readonly event: string; readonly error: unknown }];
}

/** Emits the catalogue; what a subscriber throws ends up in `subscriber-error`, not in the supervisor. */
export class ClusterEmitter extends EventEmitter<ClusterEvents> {
  /** Emits `event`; whoever throws keeps only the subscribers behind it from hearing of it. */
  tell<E extends keyof ClusterEvents>(event: E, payload: ClusterEvents[E][0]): void {
    try {
      // @ts-expect-error: the library's argument types do not resolve for an event that is itself a type parameter.
      this.emit(event, payload);
    } catch (error) {
      if (event !== "subscriber-error") this.tell("subscriber-error", { event, error });
    }
  }
}
