export { type Address, formatAddress, parseAddress, parseTlsAddress, type TcpAddress } from "./address.ts";
export { AddressBlocks, ipAddressOf } from "./address-blocks.ts";
export { type Dial, type DialOptions, socketDial } from "./dial.ts";
export { type HandedOver, handedOver, type Inheritable, type Inheritance, inheritable } from "./hand-over.ts";
export type { Listen, Listener, ListenerCloseOptions, ListenerSink } from "./listener.ts";
export { type SocketListenerOptions, socketListenerDefaults } from "./listener-options.ts";
export { type ProxyProtocolOptions, proxyProtocolDefaults } from "./proxy-protocol.ts";
export { socketListener } from "./socket-listener.ts";
export { systemClock } from "./system-clock.ts";
export { tlsDial } from "./tls-dial.ts";
export type { HandshakeCounters } from "./tls-handshakes.ts";
export { type TlsListen, tlsListener } from "./tls-listener.ts";
export {
  type Pem,
  type TlsCertificates,
  type TlsDialOptions,
  type TlsListenerOptions,
  tlsListenerDefaults,
} from "./tls-options.ts";
export { TlsStream } from "./tls-stream.ts";
export { type UdpCounters, type UdpListen, udpListener } from "./udp-listener.ts";
export { type UdpListenerOptions, udpListenerDefaults } from "./udp-options.ts";
