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
export { createFaultProxy, FaultProxy, type FaultProxyOptions } from "./fault-proxy.ts";
export type { CompleteFaults, Faults } from "./faults.ts";
export type { FaultCounts } from "./faulty-way.ts";
export { type ManualClock, manualClock } from "./manual-clock.ts";
export { type MemoryHeld, memoryHeld } from "./memory-held.ts";
export { createMemoryNetwork, type MemoryNetwork } from "./memory-network.ts";
export type { MemoryOptions } from "./memory-options.ts";
export { type MemoryPair, memoryPair } from "./memory-stream.ts";
export {
  drippingClient,
  floodingClient,
  lyingClient,
  type Misbehaving,
  neverReadingClient,
  vanishingClient,
} from "./misbehaving.ts";
export { type Probe, type ProbeOptions, type ProbeReport, startProbe } from "./probe.ts";
export { RecordedStream, recordStream } from "./recorded-stream.ts";
export {
  type LeftBehindOptions,
  type Resources,
  type ResourceWatch,
  resources,
  watchResources,
} from "./resources.ts";
export { seededRandom } from "./seeded-random.ts";
export { type Simulated, type SimulateOptions, simulate, type World } from "./simulate.ts";
export type { SimulatedNetwork, SimulatedNetworkOptions } from "./simulated-network.ts";
