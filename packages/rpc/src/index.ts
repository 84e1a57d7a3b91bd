export { forCalls } from "./codec/for-calls.ts";
export { ParseFailure, tolerant } from "./codec/parse-failure.ts";
export { rpcCodes, unavailableCodes } from "./codes.ts";
export { ConnectionLostError } from "./connection-lost-error.ts";
export { BigInteger, type BigIntegerSchema } from "./contract/big-integer.ts";
export { compiled } from "./contract/compiled.ts";
export type {
  CompiledContract,
  CompiledError,
  CompiledMethod,
  ValueCheck,
  WireForm,
} from "./contract/compiled-contract.ts";
export { type Contract, contract, type SignatureOf } from "./contract/contract.ts";
export { contractOf } from "./contract/contract-of.ts";
export { type ContractSourceOptions, contractSource } from "./contract/contract-source.ts";
export type { ErrorDefinition, MethodDefinition } from "./contract/definition.ts";
export { merge } from "./contract/merge.ts";
export { Mismatch, type MismatchIssue } from "./contract/mismatch.ts";
export { openRpcDocument } from "./contract/open-rpc-document.ts";
export type { Schema } from "./contract/schema.ts";
export type {
  CallName,
  EventName,
  MethodName,
  MethodSignature,
  NotificationName,
  Signature,
  StreamName,
  Value,
  Ways,
} from "./contract/signature.ts";
export { Engine, type EngineHost } from "./engine/engine.ts";
export {
  IncomingCall,
  type IncomingParts,
  type IncomingState,
  type StopReason,
} from "./engine/incoming-call.ts";
export { type KeyMemory, type KeyMemoryLimits, type KeyVerdict, RecentKeys } from "./engine/key-memory.ts";
export { OutgoingCall, type OutgoingState } from "./engine/outgoing-call.ts";
export {
  type ErrorObject,
  type GoAway,
  goAwayMessage,
  type Id,
  type Meta,
  type Outcome,
  type WireObject,
} from "./engine/wire.ts";
export { MismatchError } from "./mismatch-error.ts";
export { RpcError, UnavailableError } from "./rpc-error.ts";
export type { CallContext, Implementation, MethodImplementation } from "./service/implementation.ts";
export {
  type CallMiddleware,
  type ServedMethod,
  type ServedNotification,
  type Service,
  service,
} from "./service/service.ts";
export type { CallRequest, Recovery } from "./session/call-request.ts";
export { type Caller, type CallOptions, caller, defaultCallTimeoutMs } from "./session/caller.ts";
export { receivedValue, sentValue } from "./session/checked-value.ts";
export { ConnectionChannel } from "./session/connection-channel.ts";
export type { MessageChannel } from "./session/message-channel.ts";
export { OutputStream } from "./session/output-stream.ts";
export { protocolMethods } from "./session/protocol-methods.ts";
export { RpcSession } from "./session/session.ts";
export {
  type SessionLimits,
  type SessionOptions,
  sessionDefaults,
  sessionOptions,
} from "./session/session-options.ts";
export type { CallFailure, SessionObserver, SessionParts } from "./session/session-parts.ts";
