import { ParleyError, visibleText } from "@parley/core";
import { RpcError, rpcCodes } from "@parley/rpc";
import { jsonText } from "./json-text.ts";

/** What stderr says of an error: its message, and of an answer also its code and its data, each on a line of its own. */
export function failureText(error: ParleyError): string {
  return `parley: ${visibleText(error.message)}${error instanceof RpcError ? answerLines(error) : ""}\n`;
}

/** The error of an answer whose code has a name in the contract; the same if it has none. */
export function namedFailure(error: RpcError, name: string | undefined): ParleyError {
  if (name === undefined) return error;
  const text = `${error.message}${answerLines(error, name)}`;
  return new ParleyError(error.code, text, { blame: error.blame, cause: error });
}

function answerLines({ rpcCode, data }: RpcError, name = protocolName(rpcCode)): string {
  const code = `\n  code: ${rpcCode}${name === undefined ? "" : ` (${name})`}`;
  return data === undefined ? code : `${code}\n  data: ${jsonText(data)}`;
}

function protocolName(code: number): string | undefined {
  return Object.entries(rpcCodes).find(([, known]) => known === code)?.[0];
}
