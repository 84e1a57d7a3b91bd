/**
 * The calculator's other end: calls, a stream, a declared error and a deadline, all of them typed by the contract.
 *
 *     npx -y pnpm@12 --filter examples run calculator-client [URL]
 */
import { createClient } from "@parley/client";
import { RpcError } from "@parley/rpc";
import { calculator } from "./calculator-contract.ts";
import { isEntryPoint } from "./entry-point.ts";

export async function calculate(url: string, say: (line: string) => void): Promise<void> {
  await using client = createClient(calculator, url);
  say(`1 + 2 = ${await client.call("add", { a: 1, b: 2 })}`);
  for await (const count of client.stream("countdown", { from: 3 })) say(`${count} …`);
  say(`1 + 2 + 3 = ${await client.call("sum", undefined, { input: [1, 2, 3] })}`);
  try {
    await client.call("divide", { a: 1, b: 0 }, { timeoutMs: 500 });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    say(`1 / 0: ${error.message}`);
  }
}

if (isEntryPoint(import.meta.url)) {
  await calculate(process.argv[2] ?? "tcp://127.0.0.1:6669", console.log);
}
