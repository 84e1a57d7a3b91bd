export type { ServerAddress, Where } from "./channel/address-list.ts";
export type { BackOffLimits } from "./channel/back-off.ts";
export type {
  CallArguments,
  CallableName,
  ClientCallOptions,
  StreamableName,
} from "./channel/call-arguments.ts";
export { type Client, createClient, type WaitOptions } from "./channel/client.ts";
export type { ClientEmitter, ClientEvents } from "./channel/client-events.ts";
export {
  type ClientLimits,
  type ClientOptions,
  clientDefaults,
  type ReconnectOptions,
  reconnectDefaults,
} from "./channel/client-options.ts";
export { type ClientState, clientTransitions } from "./channel/client-state.ts";
export type { ResultStream } from "./channel/result-stream.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { type OrderedChannel, ordered, type RequestOptions } from "./ordered-channel.ts";
export { type OrderedOptions, orderedDefaults } from "./ordered-options.ts";
export { UnansweredError } from "./unanswered-error.ts";
