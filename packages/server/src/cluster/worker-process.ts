import type { FromWorker, ToWorker } from "./cluster-messages.ts";

/** A process as its supervisor has it in hand: the port to `node:cluster`. What comes too late is ignored. */
export interface WorkerProcess {
  readonly pid: number | null;
  send(message: ToWorker): void;
  /** Closes the channel: the worker drains and ends by itself. */
  disconnect(): void;
  /** SIGKILL. */
  kill(): void;
}

/** Whom a process reports to. */
export interface WorkerSink {
  message(message: FromWorker): void;
  /** It is gone, and all that it told before is read. */
  exited(code: number | null, signal: NodeJS.Signals | null): void;
  /** It could not be started; nothing else is told of it. */
  unstartable(error: unknown): void;
}

/** Starts a process for a place, whose number from 1 the process is told. May throw if it cannot. */
export type Fork = (place: number, sink: WorkerSink) => WorkerProcess;
