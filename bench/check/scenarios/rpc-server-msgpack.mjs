import { msgpackFrames } from "@parley/core";
import msgpackRpc from "../../wires/msgpack-rpc.mjs";
import { servedCalls } from "../served-calls.mjs";

export default servedCalls("a connection serves calls in MessagePack, validated", msgpackFrames, msgpackRpc);
