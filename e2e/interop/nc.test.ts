import { describe, expect, it } from "vitest";
import { hasNetcat, runNetcat } from "./nc.ts";
import { large, openStage, unicode } from "./stage.ts";

describe.skipIf(!hasNetcat)("nc -N calling Parley (skipped without OpenBSD's netcat)", () => {
  it("is answered after its FIN, without a line's end too", async () => {
    const { port } = await openStage();
    const answer = '{"jsonrpc":"2.0","id":1,"result":3}\n';
    const request = '{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2]}';
    expect(await runNetcat(port, `${request}\n`)).toBe(answer);
    expect(await runNetcat(port, `${request}\r\n`)).toBe(answer);
    expect(await runNetcat(port, request)).toBe(answer);
    expect(await runNetcat(port, request + request.replace('"id":1', '"id":"é"'))).toBe(
      answer + answer.replace('"id":1', '"id":"é"'),
    );
  });

  it("waits for all that is still being worked on", async () => {
    const { port } = await openStage();
    const sleep = { jsonrpc: "2.0", id: 0, method: "sleep", params: { ms: 20 } };
    const add = { jsonrpc: "2.0", id: 0.5, method: "add", params: { a: 1, b: 2 } };
    const lines = (await runNetcat(port, `${JSON.stringify(sleep)}\n${JSON.stringify(add)}\n`)).split("\n");
    expect(lines.map((line) => line && JSON.parse(line))).toEqual([
      { jsonrpc: "2.0", id: 0.5, result: 3 },
      { jsonrpc: "2.0", id: 0, result: null },
      "",
    ]);
  });

  it("is understood pretty-printed, and without a version", async () => {
    const { port } = await openStage();
    const request = { id: "typed", method: "divide", params: { a: 1, b: 4 } };
    expect(JSON.parse(await runNetcat(port, JSON.stringify(request, null, 2)))).toEqual({
      id: "typed",
      result: 0.25,
      error: null,
    });
  });

  it("is told what is wrong", async () => {
    const { port } = await openStage();
    expect(JSON.parse(await runNetcat(port, '{"jsonrpc":"2.0","id":1,"method":}\n'))).toMatchObject({
      id: null,
      error: { code: -32700 },
    });
    expect(JSON.parse(await runNetcat(port, '{"jsonrpc":"2.0","id":1}\n'))).toMatchObject({
      id: 1,
      error: { code: -32600 },
    });
    expect(await runNetcat(port, "")).toBe("");
  });

  it("gets a stream as one array, and has an event sent that it has subscribed to", async () => {
    const { port, note, tick } = await openStage();
    const noted = note().then(() => tick(42));
    const messages = [
      { jsonrpc: "2.0", id: 1, method: "$/subscribe", params: { events: ["tick"] } },
      { jsonrpc: "2.0", method: "note", params: { text: "here" } },
      { jsonrpc: "2.0", id: 2, method: "sleep", params: { ms: 20 } },
      { jsonrpc: "2.0", id: 3, method: "countdown", params: [3] },
    ];
    const printed = await runNetcat(port, messages.map((message) => JSON.stringify(message)).join("\n"));
    await noted;
    const answers = printed
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers).toHaveLength(4);
    expect(answers).toContainEqual({ jsonrpc: "2.0", id: 3, result: [3, 2, 1] });
    expect(answers).toContainEqual({ jsonrpc: "2.0", method: "tick", params: { at: 42 } });
  });

  it("with much to say", async () => {
    const { port } = await openStage();
    const request = { jsonrpc: "2.0", id: unicode, method: "echo", params: [large] };
    expect(JSON.parse(await runNetcat(port, JSON.stringify(request)))).toEqual({
      jsonrpc: "2.0",
      id: unicode,
      result: { value: large },
    });
  });
});
