/** What a callback does: a letter each, see `ModelUser`. Undefined for no such callback. */
export interface Hooks {
  readonly open: string;
  readonly ended: string | undefined;
  readonly drain: string | undefined;
  readonly closing: string;
  readonly closed: string;
}

/** What is different from one connection of the model to another. */
export interface Plan {
  readonly form: "callbacks" | "function";
  readonly hooks: Hooks;
  readonly heartbeats: boolean;
  readonly firstMessageTimeoutMs: number;
}

/** Small and short, so that all of them are met. */
export const limits = {
  highWatermarkBytes: 40,
  lowWatermarkBytes: 10,
  maxBufferedBytes: 64,
  readAheadBytes: 30,
  waitingReadAheadBytes: 10,
  lingerMs: 300,
  writeStallMs: 800,
  idleTimeoutMs: 2_000,
  frameTimeoutMs: 1_000,
} as const;
/** What is over before anybody has looked twice may not be seen. */
export const unseenMs = (2 * limits.writeStallMs) / 4;
export const heartbeatMs = 1_200;
export const largestChunk = 24;
