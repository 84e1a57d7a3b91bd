import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { textLines } from "@parley/core";
import { socketListener } from "@parley/transport";
import { afterEach, describe, expect, it } from "vitest";
import { createServer, echo, type Server } from "../src/index.ts";

let server: Server<string>;
afterEach(() => server.close({ graceMs: 0 }));

/** A server that answers each line with whom it thinks it talks to, behind a proxy at that address. */
async function behind(proxy: string, timeoutMs?: number): Promise<(localAddress?: string) => Socket> {
  server = createServer<string>({
    codec: textLines(),
    handler: { message: (line, connection) => void connection.send(`${connection.remoteAddress} ${line}`) },
    maxConnectionsPerAddress: 1,
  });
  const proxyProtocol = { from: [proxy], timeoutMs };
  const [url = ""] = await server.listen(socketListener("tcp://127.0.0.1:0", { proxyProtocol }));
  const port = Number(new URL(url).port);
  return (localAddress = "127.0.0.1") =>
    connect({ port, host: "127.0.0.1", localAddress }).on("error", () => {});
}

async function answer(socket: Socket): Promise<string> {
  let text = "";
  for await (const piece of socket) text += String(piece);
  return text;
}

const v2 = Buffer.concat([
  Buffer.from("0d0a0d0a000d0a515549540a2111000c", "hex"),
  Buffer.from([192, 0, 2, 7, 127, 0, 0, 1, 0x11, 0x5c, 0x1a, 0x0a]),
]);

describe("a server behind a proxy", () => {
  it.each([
    ["version 1", Buffer.from("PROXY TCP4 192.0.2.7 127.0.0.1 4444 6666\r\n")],
    ["version 2", v2],
  ])("takes connections for the clients' that the header names: %s", async (_, header) => {
    const dial = await behind("127.0.0.1");
    const socket = dial();
    socket.end(Buffer.concat([header, Buffer.from("hello\n")]));
    expect(await answer(socket)).toBe("tcp://192.0.2.7:4444 hello\n");
  });

  it("counts limits per address by the clients' addresses", async () => {
    const dial = await behind("127.0.0.1");
    const ask = async (host: string): Promise<Socket> => {
      const socket = dial();
      socket.write(`PROXY TCP4 ${host} 127.0.0.1 1 6666\r\nhello\n`);
      await new Promise((resolve) => socket.once("data", resolve).once("close", resolve));
      return socket;
    };
    const sockets = [await ask("192.0.2.1"), await ask("192.0.2.2"), await ask("192.0.2.1")];
    expect(server.counters).toMatchObject({ serving: 2, refusals: { "address-limit": 1 } });
    for (const socket of sockets) socket.destroy();
  });

  it("lets nobody wait for a header with a descriptor of the reserve", async () => {
    server = createServer({ codec: textLines(), handler: echo(), descriptorReserve: 0x7fff_ffff });
    const reached: string[] = [];
    server.events.on("limit-reached", ({ reason }) => reached.push(reason.kind));
    const proxyProtocol = { from: ["127.0.0.1"] };
    const [url = ""] = await server.listen(socketListener("tcp://127.0.0.1:0", { proxyProtocol }));
    const silent = [1, 2].map(() => connect({ port: Number(new URL(url).port), host: "127.0.0.1" }));
    await Promise.all(
      silent.map((socket) => new Promise((resolve) => socket.on("error", () => {}).on("close", resolve))),
    );
    expect(server.counters).toMatchObject({ accepted: 2, refused: 2, refusals: { "descriptor-limit": 2 } });
    expect(reached).toEqual(["descriptor-limit"]);
  });

  it("believes no header that comes from elsewhere: it is a message like any other", async () => {
    const dial = await behind("127.0.0.9");
    const socket = dial("127.0.0.1");
    socket.end("PROXY TCP4 192.0.2.7 127.0.0.1 4444 6666\r\n");
    expect(await answer(socket)).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+ PROXY TCP4 192\.0\.2\.7 /);
  });

  it.each([
    ["a truncated one", "PROXY TCP4 192.0.2.7", /complete|within|ms/],
    ["none at all", "hello\n", /PROXY/],
  ])("resets a proxy that sends %s, tells of it, and serves nobody for it", async (_, text, why) => {
    const dial = await behind("127.0.0.1", 300);
    const failed = once(server.events as never, "listener-error");
    const socket = dial();
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.write(text);
    const [{ error }] = (await failed) as [{ error: Error }];
    expect(error).toMatchObject({ code: "malformed", message: expect.stringMatching(why) });
    await closed;
    expect(server.counters.accepted).toBe(0);
  });
});
