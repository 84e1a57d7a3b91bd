import { ParleyError } from "@parley/core";
import { InvalidArgumentError } from "commander";
import { stdinChunks } from "./stdin.ts";

/** What stdin may hold of parameters. */
const maxParamsBytes = 16 * 1024 * 1024;

/** Parameters as the command line has them: by name or by position; undefined for none. */
export type GivenParams = object | undefined;

/** What stands for stdin. */
export const stdinMark = "-";

/** Reads parameters from an argument; `-` stays as it is. @throws InvalidArgumentError if it is none. */
export function jsonArgument(argument: string): object | typeof stdinMark {
  if (argument === stdinMark) return stdinMark;
  const params = parsed(argument);
  if (typeof params === "string") throw new InvalidArgumentError(params);
  return params;
}

/** Reads parameters from stdin to its end. @throws ParleyError `bad-option` if they are none. */
export async function stdinParams(): Promise<object> {
  const params = parsed(await stdinText());
  if (typeof params === "string") throw new ParleyError("bad-option", `What stdin holds is wrong: ${params}`);
  return params;
}

async function stdinText(): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdinChunks()) {
    length += chunk.length;
    if (length > maxParamsBytes) {
      throw new ParleyError(
        "bad-option",
        `stdin holds more than ${maxParamsBytes} bytes, which is too much for parameters; give fewer.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The parameters, or what is wrong with them. */
function parsed(json: string): object | string {
  let params: unknown;
  try {
    params = JSON.parse(json);
  } catch (error) {
    return `It is not JSON (${(error as Error).message}). Write it like '{"a": 1, "b": 2}' or '[1, 2]'.`;
  }
  if (typeof params === "object" && params !== null) return params;
  return `It is neither an object (parameters by name) nor an array (by position) but ${JSON.stringify(params)}.`;
}
