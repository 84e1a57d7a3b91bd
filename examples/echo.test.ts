import { connect } from "@parley/client";
import { textLines } from "@parley/core";
import { expect, it } from "vitest";
import { concurrentEchoServer } from "./concurrent-echo-server.ts";
import { askEcho } from "./echo-client.ts";
import { echoServer } from "./echo-server.ts";

it("echo-client gets every line back, from the sequential server and from its twin", async () => {
  for (const server of [echoServer(), concurrentEchoServer()]) {
    const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
    expect(await askEcho(url, ["hello", "", "你好"])).toEqual(["hello", "", "你好"]);
    await server.close();
  }
});

it("the sequential server serves the next when the first has left; the twin serves both", async () => {
  for (const [server, atOnce] of [
    [echoServer(), 1],
    [concurrentEchoServer(), 2],
  ] as const) {
    const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
    const arrived = new Promise<void>((resolve) => {
      const count = (): void => {
        const { serving, waiting } = server.counters;
        if (serving + waiting === 2) resolve();
      };
      server.events.on("serving", count).on("waiting", count);
    });
    const first = await connect(url, textLines());
    const second = askEcho(url, ["me too"]);
    await arrived;
    expect(server.counters.serving).toBe(atOnce);
    if (atOnce === 1) await first.close();
    expect(await second).toEqual(["me too"]);
    await first.close();
    await server.close();
  }
});
