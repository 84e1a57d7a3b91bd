import { type Client, createClient } from "@parley/client";
import type { SignatureOf } from "@parley/rpc";
import type { RpcServer } from "@parley/server";
import { calculator as contract } from "../calculator-contract.ts";
import { calculatorServer } from "../calculator-server.ts";
import type { Report } from "./report.ts";
import type { Station } from "./station.ts";

type Calculator = SignatureOf<typeof contract>;

/** A typed channel: calls, streams, deadlines and errors as the contract has them, and a client that comes back. */
export function calculator(): Station {
  const server = calculatorServer();
  return {
    title: "Calculator",
    source: "examples/calculator-server.ts",
    about: "a typed service: calls, streams, events",
    port: 6669,
    server,
    join: (url) => `npx -y pnpm@12 parley call ${url} add '{"a":1,"b":2}'`,
    async visit(url, report) {
      await using ana = createClient(contract, url);
      await calls(ana, report);
      await mishaps(ana, report);
      await comesBack(ana, server, report);
    },
  };
}

async function calls(ana: Client<Calculator>, report: Report): Promise<void> {
  await report.step(
    "ana asks for two results at once",
    { ana: ["1 + 2 = 3", "5 / 2 = 2.5"] },
    Promise.all([ana.call("add", { a: 1, b: 2 }), ana.call("divide", { a: 5, b: 2 })]).then(
      ([sum, quotient]) => ({ ana: [`1 + 2 = ${sum}`, `5 / 2 = ${quotient}`] }),
    ),
  );
  await report.step(
    "a stream comes item by item, no faster than she reads",
    { ana: ["3", "2", "1"] },
    all(ana, 3).then((counts) => ({ ana: counts })),
  );
  const enough = new AbortController();
  const asleep = ana.call("sleep", { ms: 60_000 }, { signal: enough.signal, timeoutMs: 120_000 });
  enough.abort();
  await report.step("she cancels a call", { ana: ["aborted"] }, failure(asleep));
}

async function mishaps(ana: Client<Calculator>, report: Report): Promise<void> {
  await report.step(
    "a call is not through by its deadline",
    { ana: ["timeout"] },
    failure(ana.call("sleep", { ms: 60_000 }, { timeoutMs: 20 })),
  );
  await report.step(
    "a wrong parameter is found before it is sent, and told in words",
    { ana: ["mismatch: /b must be number, not string"] },
    ana.call("add", { a: 1, b: "two" as never }).then(
      () => ({ ana: [] }),
      ({ code, issues: [{ path, expected, actual }] }) => ({
        ana: [`${code}: ${path} must be ${expected}, not ${actual}`],
      }),
    ),
  );
  await report.step(
    "an error that the contract declares",
    { ana: ["Nothing can be divided by zero."] },
    ana.call("divide", { a: 1, b: 0 }).then(
      () => ({ ana: [] }),
      ({ message }) => ({ ana: [message] }),
    ),
  );
}

async function comesBack(
  ana: Client<Calculator>,
  server: RpcServer<Calculator>,
  report: Report,
): Promise<void> {
  const ticks: string[] = [];
  let looks = (): void => {};
  ana.on("tick", ({ at }) => {
    ticks.push(`tick ${at}`);
    looks();
  });
  const heard = (count: number): Promise<{ ana: string[] }> =>
    new Promise((resolve) => {
      looks = () => ticks.length >= count && resolve({ ana: [...ticks] });
      looks();
    });
  // Answered behind her subscription.
  await ana.call("add", { a: 0, b: 0 });
  server.emit("tick", { at: 1 });
  await report.step("an event, since she has asked for it", { ana: ["tick 1"] }, heard(1));

  const back = new Promise<void>((resolve) => ana.events.once("connected", () => resolve()));
  for (const connection of server.connections()) connection.destroy();
  await back;
  await ana.call("add", { a: 0, b: 0 });
  server.emit("tick", { at: 2 });
  await report.step(
    "her connection is cut: she comes back by herself, and so does her subscription",
    { ana: ["tick 1", "tick 2"] },
    heard(2),
  );
}

async function all(ana: Client<Calculator>, from: number): Promise<string[]> {
  const counts: string[] = [];
  for await (const count of ana.stream("countdown", { from })) counts.push(String(count));
  return counts;
}

/** The code of what `call` rejects with. */
function failure(call: Promise<unknown>): Promise<{ ana: string[] }> {
  return call.then(
    () => ({ ana: [] }),
    ({ code }) => ({ ana: [code] }),
  );
}
