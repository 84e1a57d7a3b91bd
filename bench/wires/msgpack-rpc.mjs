import { encode, msgpackFrames } from "@parley/core";
import { jsonRpcCalls } from "../runner/json-rpc-calls.mjs";

/** JSON-RPC's objects as MessagePack behind a 4-byte length. The replies are recorded. */
export default function msgpackRpc(payloadBytes) {
  const frames = msgpackFrames();
  const calls = jsonRpcCalls(payloadBytes);
  return {
    opening: [],
    requests: calls.map(({ request }) => Buffer.from(encode(frames, request).bytes)),
    results: calls.map(({ result }) => result),
    reply(bytes) {
      if (bytes.length < 4 || bytes.length < 4 + bytes.readUInt32BE()) return undefined;
      const end = 4 + bytes.readUInt32BE();
      return { end, result: frames.message.decode(bytes, 4, end).result };
    },
  };
}
