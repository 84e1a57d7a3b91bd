export { type Address, formatAddress, parseAddress } from "./address.ts";
export { type Dial, type DialOptions, socketDial } from "./dial.ts";
export type { Listen, Listener, ListenerSink } from "./listener.ts";
export { socketListener } from "./socket-listener.ts";
export { systemClock } from "./system-clock.ts";
