import type { Server } from "@parley/server";
import { echoServer, refusal } from "../echo-server.ts";
import { joinLines } from "./join-lines.ts";
import type { Report } from "./report.ts";
import type { Station } from "./station.ts";
import { Visitor } from "./visitor.ts";

/** The classic accept loop: one is served, five wait, the next is refused. */
export function oneAtATime(): Station {
  const server = echoServer();
  return {
    title: "One at a time",
    source: "examples/echo-server.ts",
    about: "echo: one is served, five may wait",
    port: 6666,
    join: joinLines,
    server,
    visit: (url, report) => visit(server, url, report),
  };
}

async function visit(server: Server<string>, url: string, report: Report): Promise<void> {
  const ana = await new Visitor("ana").comesTo(url);
  await report.step(
    "ana is served: what she says comes back",
    { ana: ["hello", "你好"] },
    ana
      .says("hello")
      .says("你好")
      .hears(2)
      .then((heard) => ({ ana: heard })),
  );

  const names = ["ben", "cleo", "dan", "eve", "finn"];
  const queue: Visitor[] = [];
  const full = waiting(server, names.length);
  for (const name of names) queue.push((await new Visitor(name).comesTo(url)).says(`${name} was here`));
  await report.step(
    `${names.join(", ")} come and speak, but ana is still here: five wait`,
    { server: ["serving 1", "waiting 5"] },
    full,
  );

  const gus = await new Visitor("gus").comesTo(url);
  await report.step(
    "gus would be the sixth to wait: he is told so at once, and the others still wait",
    { gus: [refusal], ben: [], finn: [] },
    gus
      .isShownOut()
      .then((heard) => ({ gus: heard, ben: queue[0]?.heard ?? [], finn: queue[4]?.heard ?? [] })),
  );

  const served: string[] = [];
  const turns = queue.map(async (visitor) => {
    served.push(...(await visitor.hears(1)));
    await visitor.leaves();
  });
  await ana.leaves();
  await report.step(
    "ana leaves: the five are served in the order in which they came",
    { server: names.map((name) => `${name} was here`) },
    Promise.all(turns).then(() => ({ server: served })),
  );
}

/** Resolves once so many wait. */
function waiting(server: Server<string>, count: number): Promise<{ server: string[] }> {
  return new Promise((resolve) => {
    server.events.on("waiting", () => {
      const { serving, waiting } = server.counters;
      if (waiting === count) resolve({ server: [`serving ${serving}`, `waiting ${waiting}`] });
    });
  });
}
