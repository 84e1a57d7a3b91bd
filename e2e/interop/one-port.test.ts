import { ResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { expect, it } from "vitest";
import { JaysonCaller, jayson4, jayson5 } from "./jayson.ts";
import { callJsonRpc2, connectJsonRpc2 } from "./json-rpc2.ts";
import { connectMcp } from "./mcp.ts";
import { callMultitransport, connectMultitransport } from "./multitransport-jsonrpc.ts";
import { hasNetcat, runNetcat } from "./nc.ts";
import { openStage, unicode } from "./stage.ts";
import { connectVscode } from "./vscode-jsonrpc.ts";

const rounds = 20;

it("all of them talk to one port at the same time", async () => {
  const { port } = await openStage();
  const [vscode, jsonRpc2, multitransport, mcp] = await Promise.all([
    connectVscode(port),
    connectJsonRpc2(port),
    connectMultitransport(port),
    connectMcp(port),
  ]);
  const jaysons = [new JaysonCaller(jayson4, port), new JaysonCaller(jayson5, port)];
  const netcat = async (value: string) => {
    const request = { jsonrpc: "2.0", id: 1, method: "echo", params: [value] };
    return hasNetcat ? JSON.parse(await runNetcat(port, JSON.stringify(request))).result : { value };
  };
  const echo: readonly ((value: string) => Promise<unknown>)[] = [
    ...jaysons.map((jayson) => async (value: string) => {
      return ((await jayson.call("echo", [value])) as { result: unknown }).result;
    }),
    (value) => vscode.sendRequest("echo", { value }),
    (value) => callJsonRpc2(jsonRpc2, "echo", [value]),
    (value) => callMultitransport(multitransport, "echo", [value]),
    (value) => mcp.request({ method: "echo", params: { value } }, ResultSchema),
  ];
  const values = Array.from({ length: rounds }, (_, round) =>
    echo.map((_, program) => `${unicode} ${round} ${program}`),
  ).flat();
  const echoed = values.map((value, n) => (echo[n % echo.length] as (typeof echo)[number])(value));
  expect(await netcat(unicode)).toEqual({ value: unicode });
  expect(await Promise.all(echoed)).toEqual(values.map((value) => ({ value })));
});
