import { RpcError } from "@parley/rpc";
import { describe, expect, it } from "vitest";
import { desk } from "./calculator.ts";
import { stage, told } from "./client-stage.ts";

const ask = { jsonrpc: "2.0", id: 1, method: "ask", params: { question: "why" } };

describe("what a client implements", () => {
  it.each(["before", "after"])(
    "can be called by the server, implemented %s it is connected",
    async (when) => {
      const { client, server } = await stage();
      if (when === "after") await client.connected();
      const shown: string[] = [];
      client.implement(desk, {
        ask: ({ question }, { connection }) => `${question}, ${connection.remoteAddress}?`,
        show: ({ line }) => void shown.push(line),
      });
      const connection = await server.next();
      connection.tell("show", { line: "hello" });
      connection.send(ask);
      expect(await connection.next()).toEqual({ jsonrpc: "2.0", id: 1, result: "why, memory://server-1?" });
      expect(shown).toEqual(["hello"]);
    },
  );

  it("is refused where there is nothing of the kind", async () => {
    const { server } = await stage();
    const connection = await server.next();
    connection.send(ask);
    expect(await connection.next()).toMatchObject({ id: 1, error: { code: -32601 } });
  });

  it("keeps its faults to itself, but tells of them here", async () => {
    const { client, server } = await stage();
    client.implement(desk, {
      ask: ({ question }) => {
        if (question === "why") throw new Error("a secret");
        throw new RpcError(7, "not today");
      },
      show: () => {},
    });
    const connection = await server.next();
    const failed = told({ client }, "call-failed");
    connection.send(ask);
    const answer = await connection.next();
    expect(answer).toMatchObject({ id: 1, error: { code: -32603 } });
    expect(connection.lines[0]).not.toContain("secret");
    const { method, error, reference } = await failed;
    expect({ method, error }).toMatchObject({ method: "ask", error: { message: "a secret" } });
    expect((answer.error as { data: unknown }).data).toBe(reference);
    connection.send({ ...ask, id: 2, params: { question: "when" } });
    expect(await connection.next()).toMatchObject({ id: 2, error: { code: 7, message: "not today" } });
  });

  it("is implemented once", async () => {
    const { client } = await stage();
    const implementation = { ask: () => "no", show: () => {} };
    client.implement(desk, implementation);
    expect(() => client.implement(desk, implementation)).toThrow("ask is implemented already");
  });
});
