export {
  type ByteStreamHarness,
  type ByteStreamPair,
  type SuiteRunner,
  testByteStream,
} from "./byte-stream-suite.ts";
export {
  type CodecProperty,
  type CodecTestOptions,
  codecProperties,
  costOf,
} from "./codec/codec-properties.ts";
export { type Outcome, outcomesOf, type SinkManner } from "./codec/outcomes.ts";
export { testCodec } from "./codec/test-codec.ts";
export { touchedBytes } from "./codec/touched-bytes.ts";
export { type ManualClock, manualClock } from "./manual-clock.ts";
export { createMemoryNetwork, type MemoryNetwork } from "./memory-network.ts";
export type { MemoryOptions } from "./memory-options.ts";
export { type MemoryPair, memoryPair } from "./memory-stream.ts";
export { RecordedStream, recordStream } from "./recorded-stream.ts";
