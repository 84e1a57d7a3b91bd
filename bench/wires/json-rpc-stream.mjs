import jsonRpcLines from "./json-rpc-lines.mjs";

/** JSON-RPC as jayson 4 has it: requests as lines, replies with nothing between them. No reply here has a brace within. */
export default function jsonRpcStream(payloadBytes) {
  return {
    ...jsonRpcLines(payloadBytes),
    reply(bytes) {
      const end = bytes.indexOf("}") + 1;
      return end === 0 ? undefined : { end, result: JSON.parse(bytes.toString("utf8", 0, end)).result };
    },
  };
}
