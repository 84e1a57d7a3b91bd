import { chatServer } from "../chat-lines.ts";
import { joinLines } from "./join-lines.ts";
import type { Station } from "./station.ts";
import { Visitor } from "./visitor.ts";

/** A chat room: everybody hears everybody else. */
export function chat(): Station {
  return {
    title: "Chat",
    source: "examples/chat-lines.ts",
    about: "chat: everybody hears everybody else",
    port: 6668,
    join: joinLines,
    server: chatServer(),
    async visit(url, report) {
      const [ana, ben, chen] = [new Visitor("ana"), new Visitor("ben"), new Visitor("陈")];
      await report.step(
        "ana, ben and 陈 come in, one after the other, and say who they are",
        {
          ana: ["Welcome. What is your name?", "Hello ana. Here are: ana", "* ben has come", "* 陈 has come"],
          ben: ["Welcome. What is your name?", "Hello ben. Here are: ana, ben", "* 陈 has come"],
          陈: ["Welcome. What is your name?", "Hello 陈. Here are: ana, ben, 陈"],
        },
        comeIn(url, [ana, ben, chen]).then(async () => ({
          ana: await ana.hears(4),
          ben: await ben.hears(3),
          陈: await chen.hears(2),
        })),
      );

      for (const visitor of [ana, ben, chen]) visitor.heard.length = 0;
      ana.says("shall we have tea?");
      await report.step(
        "ana speaks, and the others hear her",
        { ben: ["ana: shall we have tea?"], 陈: ["ana: shall we have tea?"] },
        Promise.all([ben.hears(1), chen.hears(1)]).then(([ben, chen]) => ({ ben, 陈: chen })),
      );

      await report.step(
        "陈 answers and leaves",
        { ana: ["陈: 好!", "* 陈 has left"], ben: ["ana: shall we have tea?", "陈: 好!", "* 陈 has left"] },
        answerAndLeave(chen, ana).then(async () => ({ ana: await ana.hears(2), ben: await ben.hears(3) })),
      );
      await Promise.all([ana.leaves(), ben.leaves()]);
    },
  };
}

/** Each gives a name, and is in once greeted by it; then the next comes. */
async function comeIn(url: string, visitors: readonly Visitor[]): Promise<void> {
  for (const visitor of visitors) {
    await visitor.comesTo(url);
    await visitor.hears(1);
    await visitor.says(visitor.name).hears(2);
  }
}

/** Leaves once the answer has arrived. */
async function answerAndLeave(visitor: Visitor, asker: Visitor): Promise<void> {
  visitor.says("好!");
  await asker.hears(1);
  await visitor.leaves();
}
