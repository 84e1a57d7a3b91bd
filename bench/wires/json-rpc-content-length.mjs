import { jsonRpcCalls } from "../runner/json-rpc-calls.mjs";

/** JSON-RPC behind the headers of the Language Server Protocol. The replies are recorded. */
export default function jsonRpcContentLength(payloadBytes) {
  const calls = jsonRpcCalls(payloadBytes);
  return {
    opening: [],
    requests: calls.map(({ request }) => {
      const body = JSON.stringify(request);
      return Buffer.from(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    }),
    results: calls.map(({ result }) => result),
    reply(bytes) {
      const head = /^.*?Content-Length: (\d+)\r\n.*?\r\n/is.exec(bytes.toString("latin1"));
      if (head === null) return undefined;
      const start = bytes.indexOf("\r\n\r\n") + 4;
      const end = start + Number(head[1]);
      if (start < 4 || bytes.length < end) return undefined;
      return { end, result: JSON.parse(bytes.toString("utf8", start, end)).result };
    },
  };
}
