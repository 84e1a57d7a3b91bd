export { type ConnectOptions, connect } from "./connect.ts";
export { type OrderedChannel, ordered, type RequestOptions } from "./ordered-channel.ts";
export { type OrderedOptions, orderedDefaults } from "./ordered-options.ts";
export { UnansweredError } from "./unanswered-error.ts";
