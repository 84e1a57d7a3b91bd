export {
  type ByteStreamHarness,
  type ByteStreamPair,
  type SuiteRunner,
  testByteStream,
} from "./byte-stream-suite.ts";
export { type ManualClock, manualClock } from "./manual-clock.ts";
export { createMemoryNetwork, type MemoryNetwork } from "./memory-network.ts";
export type { MemoryOptions } from "./memory-options.ts";
export { type MemoryPair, memoryPair } from "./memory-stream.ts";
export { RecordedStream, recordStream } from "./recorded-stream.ts";
