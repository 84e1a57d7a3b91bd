import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type Client, createClient } from "@parley/client";
import { contract, type SignatureOf, UnavailableError } from "@parley/rpc";
import { recordStream } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { Type } from "typebox";
import { expect, it } from "vitest";
import { Child } from "../child/child.ts";
import { times } from "./beside-a-probe.ts";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const adding = contract("calculator", {
  methods: {
    add: { params: Type.Object({ a: Type.Number(), b: Type.Number() }), result: Type.Number() },
  },
});
type Adding = Client<SignatureOf<typeof adding>>;

const clientCount = 20;
const eachHasAtOnce = 20;

interface Load {
  readonly isBusy: Promise<unknown>;
  /** Somebody was told that it drains. */
  readonly isTold: Promise<unknown>;
  readonly over: Promise<unknown>;
}

/**
 * A service of the command's, in a process of its own, that is told to end while `load` goes on, and again at once, and once it drains;
 * answers its exit code.
 */
async function endedUnder(
  service: string,
  load: (url: string) => Promise<Load>,
): Promise<number | NodeJS.Signals> {
  const child = new Child(main, ["serve", service, "--listen", "tcp://127.0.0.1:0"]);
  try {
    const { isBusy, isTold, over } = await load(await child.listening());
    await isBusy;
    child.process.kill("SIGTERM");
    // The system may make one of two that come together.
    child.process.kill("SIGTERM");
    await isTold;
    child.process.kill("SIGTERM");
    await over;
    return await child.ended;
  } finally {
    await child.kill();
  }
}

it("SIGTERM, and another, under load: the process exits 0, each call was answered in full or told that it drains", async () => {
  const outcomes = { answered: 0, draining: 0, notSent: 0 };
  const code = await endedUnder("calculator", async (url) => {
    const clients = await times(clientCount, async () => {
      const client = createClient(adding, url, { reconnect: false, maxAttempts: 1 });
      await client.connected();
      return client;
    });
    let busy!: () => void;
    const isBusy = new Promise<void>((resolve) => {
      busy = resolve;
    });
    let told!: () => void;
    const isTold = new Promise<void>((resolve) => {
      told = resolve;
    });
    const callOn = async (client: Adding): Promise<void> => {
      for (let a = 0; ; a++) {
        try {
          expect(await client.call("add", { a, b: 1 })).toBe(a + 1);
          outcomes.answered += 1;
          if (outcomes.answered === 2_000) busy();
        } catch (error) {
          told();
          if (error instanceof UnavailableError) outcomes.draining += 1;
          // Nothing that was sent may be lost without a word.
          else {
            expect((error as { sent?: boolean }).sent ?? false, String(error)).toBe(false);
            outcomes.notSent += 1;
          }
          return;
        }
      }
    };
    const over = Promise.all(
      clients.flatMap((client) => Array.from({ length: eachHasAtOnce }, () => callOn(client))),
    ).then(() => Promise.all(clients.map((client) => client.close())));
    return { isBusy, isTold, over };
  });
  expect(code).toBe(0);
  expect(outcomes.answered).toBeGreaterThanOrEqual(2_000);
  expect(outcomes.draining + outcomes.notSent).toBe(clientCount * eachHasAtOnce);
});

it("SIGTERM, and another, under load: no line that was cut looks like a whole one", async () => {
  /** A line tells its own length and digest, so that a part of one cannot pass. */
  const line = (at: number): string => {
    const text = String(at).repeat(4_000);
    return `${at} ${createHash("sha256").update(text).digest("hex")} ${text}`;
  };
  const lines = Array.from({ length: 50 }, (_, at) => line(at));
  // Of all together: one whom the server had not begun to read when it was told to end has none.
  let answers = 0;
  const code = await endedUnder("echo", async (url) => {
    const clients = await times(clientCount, async () => recordStream(await socketDial(url)()));
    let busy!: () => void;
    const isBusy = new Promise<void>((resolve) => {
      busy = resolve;
    });
    let told!: () => void;
    const isTold = new Promise<void>((resolve) => {
      told = resolve;
    });
    const talk = async (client: (typeof clients)[0]): Promise<void> => {
      let sent = 0;
      while (!client.hasEnded && client.end === undefined) {
        client.send(`${lines[sent % lines.length]}\n`);
        sent += 1;
        const { length } = client;
        if (sent === 20) busy();
        // A few of them are always under way.
        if (sent > 3)
          await client.until((now) => now.length > length || now.hasEnded || now.end !== undefined);
      }
      told();
      client.stream.end();
      await client.untilClosed();
      const answered = client.text.split("\n");
      // Behind the last line feed there is nothing.
      expect(answered.pop()).toBe("");
      answers += answered.length;
      expect(answered).toEqual(answered.map((_, at) => lines[at % lines.length]));
    };
    return { isBusy, isTold, over: Promise.all(clients.map(talk)) };
  });
  expect(answers).toBeGreaterThan(0);
  expect(code).toBe(0);
});
