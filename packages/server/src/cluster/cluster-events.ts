import type { ParleyError } from "@parley/core";
import { GuardedEmitter, type SubscriberErrors } from "../guarded-emitter.ts";
import type { ClusterReport } from "./cluster-report.ts";
import type { WorkerInfo } from "./worker-info.ts";

/** The one catalogue of what a cluster tells of itself: each event with its payload. */
export interface ClusterEvents extends SubscriberErrors {
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
}

/** Emits the catalogue. */
export class ClusterEmitter extends GuardedEmitter<ClusterEvents> {}
