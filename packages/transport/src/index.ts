export { type Address, formatAddress, parseAddress, parseTlsAddress, type TcpAddress } from "./address.ts";
export { type Dial, type DialOptions, socketDial } from "./dial.ts";
export type { Listen, Listener, ListenerSink } from "./listener.ts";
export { socketListener } from "./socket-listener.ts";
export { systemClock } from "./system-clock.ts";
export { tlsDial } from "./tls-dial.ts";
export type { HandshakeCounters } from "./tls-handshakes.ts";
export { type TlsListener, tlsListener } from "./tls-listener.ts";
export {
  type Pem,
  type TlsCertificates,
  type TlsDialOptions,
  type TlsListenerOptions,
  tlsListenerDefaults,
} from "./tls-options.ts";
export { TlsStream } from "./tls-stream.ts";
