export type { ByteStream, ByteStreamSink, CertificateIdentity } from "./byte-stream.ts";
export type { Cancel, Clock } from "./clock.ts";
export { type Codec, codec, type Encoded, encode } from "./codec.ts";
export { ClosedError, type CloseReason, describeCloseReason, isOrderly } from "./connection/close-reason.ts";
export type { Connection, ConnectionCounters } from "./connection/connection.ts";
export { type Heartbeat, type HeartbeatOptions, heartbeat } from "./connection/heartbeat.ts";
export { type ConnectionOptions, connectionDefaults, connectionOptions } from "./connection/options.ts";
export { type ConnectionState, mayWrite, transitions } from "./connection/state.ts";
export {
  type ConnectionObserver,
  type ConnectionSetup,
  StreamConnection,
} from "./connection/stream-connection.ts";
export { datagramCodec } from "./datagram-codec.ts";
export { type Blame, type ErrorCode, type ErrorDetails, errorCodes, ParleyError } from "./error.ts";
export { contentLength } from "./frame/content-length.ts";
export { type DelimitedOptions, delimited } from "./frame/delimited.ts";
export { fixedLength } from "./frame/fixed-length.ts";
export type { FrameLimit } from "./frame/frame-limit.ts";
export { type JsonStreamOptions, jsonStream } from "./frame/json-stream.ts";
export type { LengthFieldOptions } from "./frame/length-field.ts";
export { type LengthPrefixOptions, lengthPrefix } from "./frame/length-prefix.ts";
export { type LinesOptions, lines } from "./frame/lines.ts";
export { netstring } from "./frame/netstring.ts";
export type { OversizePolicy } from "./frame/oversize.ts";
export { raw } from "./frame/raw.ts";
export type { Fault, FrameCodec, FrameDecoder, FrameSink, TooLong } from "./frame-codec.ts";
export { FrameTooLongError } from "./frame-too-long.ts";
export type { AnyHandler, ConnectionFunction, Handler } from "./handler.ts";
export { type BytesOptions, bytes } from "./message/bytes.ts";
export { type CompressedOptions, compressed } from "./message/compressed.ts";
export { type JsonOptions, json } from "./message/json.ts";
export { type MsgpackOptions, msgpack } from "./message/msgpack.ts";
export { text } from "./message/text.ts";
export { Bytes, validated } from "./message/validated.ts";
export type { MessageCodec } from "./message-codec.ts";
export { checkInteger, checkIntegerOrInfinity, checkOneOf, withDefaults } from "./options.ts";
export { byteFrames, jsonFrames, jsonLines, msgpackFrames, textLines } from "./presets.ts";
export { TimingWheel, type WheelTask, wheelOf } from "./timing-wheel.ts";
export type { Writer } from "./writer.ts";
