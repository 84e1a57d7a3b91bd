import type { Client } from "@parley/client";
import { ParleyError } from "@parley/core";
import {
  type CompiledMethod,
  type Contract,
  compiled,
  contract,
  RpcError,
  type ValueCheck,
} from "@parley/rpc";
import type { Command } from "commander";
import { channelArgument } from "./address-argument.ts";
import { offeredContract, openChannel } from "./channel.ts";
import { addChannelOptions, type ChannelOptions } from "./channel-options.ts";
import { namedFailure } from "./failure-text.ts";
import { checked, inputItems } from "./input-items.ts";
import { interruptible } from "./interruption.ts";
import { jsonArgument, stdinMark, stdinParams } from "./json-argument.ts";
import { jsonText } from "./json-text.ts";
import { nearNames } from "./near-names.ts";
import { Output } from "./output.ts";
import { print } from "./print.ts";

interface CallOptions extends ChannelOptions {
  readonly discover: boolean;
}

/** Adds `parley call`. */
export function addCall(program: Command): void {
  const command = program
    .command("call")
    .description("call a method and print its result as JSON")
    .argument("<url>", "where to: tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH", channelArgument)
    .argument("<method>", "the method's name")
    .argument("[json]", "its parameters, by name or by position; - to read them from stdin", jsonArgument);
  addChannelOptions(command, "how long it may take (default: 10000; for a stream as long as it likes)")
    .option("--no-discover", "do not ask the server what it offers; send the parameters unchecked")
    .addHelpText(
      "after",
      `
The server is asked for its contract first, so that wrong parameters are told before anything is sent; one that has none is
called all the same. A stream is printed one value a line as they come, behind them the method's result if it has one; of a
notification nothing is printed. An input stream is read from stdin, one JSON value a line. Bytes are base64 in JSON.

Exits with 1 if the call fails: message, code and data of the answer stand on stderr.

  $ parley call tcp://127.0.0.1:6666 add '{"a": 1, "b": 2}'
  $ parley call tcp://127.0.0.1:6666 add '[1, 2]'
  $ parley call tcp://127.0.0.1:6666 countdown '{"from": 1000000}' | head -1
  $ jq .request order.json | parley call tcp://127.0.0.1:6666 orders.place -`,
    )
    .action(call);
}

async function call(
  url: string,
  name: string,
  json: object | typeof stdinMark | undefined,
  options: CallOptions,
): Promise<void> {
  const given = json === stdinMark ? await stdinParams() : json;
  await interruptible(async (signal) => {
    const offered = options.discover ? await offeredContract(url, options, signal) : null;
    const contract = offered ?? unchecked(name, given);
    const { methods, notifications } = compiled(contract);
    const wanted = methods.get(name) ?? notifications.get(name);
    if (wanted === undefined) throw unknownMethod(name, contract);
    const isMethod = "params" in wanted;
    if (isMethod && wanted.input !== null && json === stdinMark) {
      throw new ParleyError(
        "bad-option",
        `stdin holds the input stream of ${name}; give its parameters as an argument.`,
      );
    }
    const params = checked(`the parameters of ${name}`, isMethod ? wanted.params : wanted, given);
    const client = openChannel(contract, url, options, { reconnect: false });
    try {
      if (isMethod) await printAnswer({ client, method: wanted, params, timeoutMs: options.timeout, signal });
      else {
        await client.connected({ signal });
        client.notify(name, params);
      }
    } finally {
      await client.close();
    }
  });
}

interface MadeCall {
  readonly client: Client;
  readonly method: CompiledMethod;
  readonly params: unknown;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
}

async function printAnswer(call: MadeCall): Promise<void> {
  const { method } = call;
  try {
    await (method.output === null ? printResult(call) : printStream(call, method.output));
  } catch (error) {
    throw error instanceof RpcError ? namedFailure(error, errorName(method, error.rpcCode)) : error;
  } finally {
    if (method.input !== null) process.stdin.destroy();
  }
}

async function printResult({ client, method, params, ...options }: MadeCall): Promise<void> {
  const result = await client.call(method.name, params, { ...options, ...inputOf(method) });
  await print(jsonText(method.result.toWire(result, "json")));
}

async function printStream(
  { client, method, params, ...options }: MadeCall,
  items: ValueCheck,
): Promise<void> {
  const stream = client.stream(method.name, params, { ...options, ...inputOf(method) });
  const output = new Output(process.stdout, "lines", () => stream.cancel());
  const write = (value: unknown): Promise<void> | undefined => output.write(Buffer.from(jsonText(value)));
  for await (const item of stream) await write(items.toWire(item, "json"));
  if (output.state === "open") {
    const result = await stream.result;
    if (result !== undefined) void write(method.result.toWire(result, "json"));
  }
  await output.flushed();
}

function inputOf({ name, input }: CompiledMethod): { readonly input?: AsyncIterable<unknown> } {
  return input === null ? {} : { input: inputItems(name, input) };
}

/** What is to be assumed of a server that does not tell what it offers. */
function unchecked(method: string, params: object | undefined): Contract {
  return contract("the service", {
    methods: { [method]: { ...(params !== undefined && { params: {} }), result: {} } },
  });
}

function unknownMethod(name: string, contract: Contract): ParleyError {
  const hint = contract.events.has(name)
    ? "It is an event: use parley listen."
    : nearNames(name, contract.methods.keys());
  return new ParleyError("bad-option", `${contract.name} has no method ${name}. ${hint}`);
}

function errorName({ errors }: CompiledMethod, code: number): string | undefined {
  return [...errors.values()].find((error) => error.code === code)?.name;
}
