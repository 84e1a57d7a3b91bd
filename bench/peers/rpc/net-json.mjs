// Hand-written JSON-RPC, a request a line, as a careful author writes it: all answers to a chunk, and all requests of a turn, in one
// write.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { report } from "../../servers/report.mjs";
import { runRole } from "../roles.mjs";

const maxLineLength = 1 << 20;

/** Calls `chunk(lines)` with the lines that are whole. */
function onLines(socket, chunk) {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  socket.on("data", (data) => {
    const lines = (rest + decoder.write(data)).split("\n");
    rest = lines.pop();
    if (rest.length > maxLineLength) return socket.destroy();
    if (lines.length > 0) chunk(lines);
  });
}

function answer({ id, method, params }) {
  if (method !== "add") return { jsonrpc: "2.0", id, error: { code: -32601, message: "no such method" } };
  if (typeof params?.a !== "number" || typeof params.b !== "number")
    return { jsonrpc: "2.0", id, error: { code: -32602, message: "a and b must be numbers" } };
  return { jsonrpc: "2.0", id, result: params.a + params.b };
}

function server() {
  const listener = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    onLines(socket, (lines) => {
      let out = "";
      for (const line of lines) out += `${JSON.stringify(answer(JSON.parse(line)))}\n`;
      socket.write(out);
    });
  });
  listener.listen({ port: 0, host: "127.0.0.1" }, () =>
    report(listener.address().port, { wire: "json-rpc-lines" }),
  );
}

async function client(port) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const pending = new Map();
  onLines(socket, (lines) => {
    for (const line of lines) {
      const { id, result, error } = JSON.parse(line);
      const call = pending.get(id);
      pending.delete(id);
      if (error !== undefined) call.reject(new Error(error.message));
      else call.resolve(result);
    }
  });
  let lastId = 0;
  let out = "";
  const flush = () => {
    socket.write(out);
    out = "";
  };
  return (a, b) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      if (out === "") process.nextTick(flush);
      out += `${JSON.stringify({ jsonrpc: "2.0", id, method: "add", params: { a, b } })}\n`;
    });
}

await runRole({ server, client });
