import { jsonRpcCalls } from "../runner/json-rpc-calls.mjs";

/** JSON-RPC, a request and a reply a line. The replies are recorded: the order of their members is the server's. */
export default function jsonRpcLines(payloadBytes) {
  const calls = jsonRpcCalls(payloadBytes);
  return {
    opening: [],
    requests: calls.map(({ request }) => Buffer.from(`${JSON.stringify(request)}\n`)),
    results: calls.map(({ result }) => result),
    reply(bytes) {
      const end = bytes.indexOf("\n") + 1;
      return end === 0 ? undefined : { end, result: JSON.parse(bytes.toString("utf8", 0, end)).result };
    },
  };
}
