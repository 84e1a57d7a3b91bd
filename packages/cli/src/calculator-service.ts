import { type RpcCodecName, rpcCodecNames } from "./rpc-codecs.ts";
import type { Service } from "./service.ts";

/** The example of a channel: a contract being served. */
export const calculatorService: Service<"detect" | RpcCodecName> = {
  name: "calculator",
  description:
    "answer JSON-RPC 2.0 calls: add, divide, countdown, sleep; and send the event tick each second",
  codecs: ["detect", ...rpcCodecNames],
  needsTarget: false,
  datagrams: false,
  example: `parley call tcp://127.0.0.1:6666 add '{"a": 1, "b": 2}'`,
  async createServer({ codec }, settings) {
    // Every other command can do without the time that loading a schema builder takes.
    const { calculatorServer } = await import("./calculator-server.ts");
    return calculatorServer(codec, settings);
  },
};
