import { ParleyError, visibleLine } from "@parley/core";
import { RpcError, rpcCodes } from "@parley/rpc";
import { jsonText } from "./json-text.ts";

/** An answer whose code has a name in the contract. */
class NamedFailure extends ParleyError {
  readonly answer: RpcError;
  readonly codeName: string;

  constructor(answer: RpcError, codeName: string) {
    super(answer.code, answer.message, { blame: answer.blame, cause: answer });
    this.answer = answer;
    this.codeName = codeName;
  }
}

/**
 * What stderr says of an error: its message, of an answer also its code and its data, and why the connection was lost, each in one
 * line, whatever the other side has put into it.
 */
export function failureText(error: ParleyError): string {
  return `parley: ${[visibleLine(error.message), ...details(error)].join("\n  ")}\n`;
}

/** The error of an answer whose code has a name in the contract; the same if it has none. */
export function namedFailure(error: RpcError, name: string | undefined): ParleyError {
  return name === undefined ? error : new NamedFailure(error, name);
}

function details(error: ParleyError): string[] {
  if (error instanceof NamedFailure) return answerLines(error.answer, error.codeName);
  if (error instanceof RpcError) return answerLines(error, protocolName(error.rpcCode));
  return error.cause instanceof ParleyError ? [`cause: ${visibleLine(error.cause.message)}`] : [];
}

function answerLines({ rpcCode, data }: RpcError, name: string | undefined): string[] {
  const code = `code: ${rpcCode}${name === undefined ? "" : ` (${name})`}`;
  return data === undefined ? [code] : [code, `data: ${jsonText(data)}`];
}

function protocolName(code: number): string | undefined {
  return Object.entries(rpcCodes).find(([, known]) => known === code)?.[0];
}
