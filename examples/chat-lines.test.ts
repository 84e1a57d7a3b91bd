import { connect } from "node:net";
import { expect, it } from "vitest";
import { chatServer } from "./chat-lines.ts";
import { Visitor } from "./tour/visitor.ts";

async function opened() {
  const server = chatServer();
  const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
  return { server, url };
}

async function enters(url: string, name: string): Promise<Visitor> {
  const visitor = await new Visitor(name).comesTo(url);
  await visitor.says(name).hears(2);
  visitor.heard.length = 0;
  return visitor;
}

it("tells everybody else what somebody says, without what would steer their terminals", async () => {
  const { server, url } = await opened();
  const ana = await enters(url, "ana");
  const ben = await enters(url, "ben");
  ben.says("\x1b[2Jhello");
  expect(await ana.hears(2)).toEqual(["* ben has come", "ben: [2Jhello"]);
  ana.says("bye");
  expect(await ben.hears(1)).toEqual(["ana: bye"]);
  await server.close();
});

it("closes who does not read and keeps all others talking", async () => {
  const { server, url } = await opened();
  const ana = await enters(url, "ana");
  const slow = connect(Number(new URL(url).port), "127.0.0.1");
  slow.on("error", () => {});
  slow.write("slow\n");
  await ana.hears(1);
  const ben = await enters(url, "ben");
  const closed = new Promise<string>((resolve) =>
    server.events.on("closed", ({ reason }) => resolve(reason.kind)),
  );
  let isOver = false;
  void closed.then(() => {
    isOver = true;
  });
  let said = 0;
  while (!isOver) {
    for (let count = 0; count < 200; count++) ana.says(`${said++} ${"x".repeat(900)}`);
    await ben.hears(said);
  }
  const heard = await ben.hears(said + 1);
  expect(heard).toContain("* slow has left");
  expect(heard.filter((line) => line.startsWith("ana: ")).map((line) => Number(line.split(" ")[1]))).toEqual(
    Array.from({ length: said }, (_, index) => index),
  );
  expect(await closed).toBe("slow-consumer");
  slow.destroy();
  await server.close();
});
