// Calls of a contract, validated at both ends. Variants: "json", a line each, and "msgpack", behind a length. A server takes one more
// argument: how many other methods its contract has besides.
import { jsonLines, msgpackFrames } from "@parley/core";
import { contract } from "@parley/rpc";
import { Type } from "typebox";
import { runRole } from "../roles.mjs";

const codecs = { json: jsonLines, msgpack: msgpackFrames };
const wires = { json: "json-rpc-lines", msgpack: "msgpack-rpc" };

async function server(variant = "json") {
  const { createServer, serve } = await import("@parley/server");
  const { report } = await import("../../servers/report.mjs");
  // The one that is called stands last.
  const names = [...Array.from({ length: Number(process.argv[4] ?? 0) }, (_, i) => `add${i}`), "add"];
  const listener = createServer({
    codec: codecs[variant](),
    handler: serve(calculator(names), Object.fromEntries(names.map((name) => [name, ({ a, b }) => a + b]))),
  });
  const [address] = await listener.listen("tcp://127.0.0.1:0");
  report(Number(new URL(address).port), { wire: wires[variant] });
}

async function client(port, variant = "json") {
  const { createClient } = await import("@parley/client");
  const calls = createClient(calculator(["add"]), `tcp://127.0.0.1:${port}`, { codec: codecs[variant]() });
  await calls.connected();
  return (a, b) => calls.call("add", { a, b });
}

function calculator(names) {
  const add = { params: Type.Object({ a: Type.Number(), b: Type.Number() }), result: Type.Number() };
  return contract("calculator", { methods: Object.fromEntries(names.map((name) => [name, add])) });
}

await runRole({ server, client });
