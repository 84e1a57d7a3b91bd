import { jsonLines } from "@parley/core";
import jsonRpcLines from "../../wires/json-rpc-lines.mjs";
import { servedCalls } from "../served-calls.mjs";

export default servedCalls("a connection serves calls in JSON, validated", jsonLines, jsonRpcLines);
