import { text } from "node:stream/consumers";
import { ParleyError } from "@parley/core";
import { InvalidArgumentError } from "commander";

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
  const params = parsed(await text(process.stdin));
  if (typeof params === "string") throw new ParleyError("bad-option", `What stdin holds is wrong: ${params}`);
  return params;
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
