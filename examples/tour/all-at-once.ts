import { concurrentEchoServer } from "../concurrent-echo-server.ts";
import { askEcho } from "../echo-client.ts";
import { joinLines } from "./join-lines.ts";
import type { Station } from "./station.ts";
import { Visitor } from "./visitor.ts";

/** The same service for everybody at once. */
export function allAtOnce(): Station {
  const server = concurrentEchoServer();
  return {
    title: "All at once",
    source: "examples/concurrent-echo-server.ts",
    about: "echo: everybody is served",
    port: 6667,
    join: joinLines,
    server,
    async visit(url, report) {
      const names = ["ana", "ben", "cleo"];
      const visitors = await Promise.all(names.map((name) => new Visitor(name).comesTo(url)));
      const all = visitors.map(async (visitor) => {
        await visitor.says("hello").hears(1);
        return [visitor.name, await visitor.says(`I am ${visitor.name}`).hears(2)] as const;
      });
      await report.step(
        "ana, ben and cleo talk to it side by side",
        {
          ana: ["hello", "I am ana"],
          ben: ["hello", "I am ben"],
          cleo: ["hello", "I am cleo"],
          server: ["serving 3", "waiting 0"],
        },
        Promise.all(all).then((heard) => {
          const { serving, waiting } = server.counters;
          return { ...Object.fromEntries(heard), server: [`serving ${serving}`, `waiting ${waiting}`] };
        }),
      );
      await Promise.all(visitors.map((visitor) => visitor.leaves()));

      await report.step(
        "dan asks three things before the first reply comes; each reply finds its question",
        { dan: ["one", "two", "three"] },
        askEcho(url, ["one", "two", "three"]).then((replies) => ({ dan: replies })),
      );
    },
  };
}
