import { type Handler, type ParleyError, textLines } from "@parley/core";
import { manualClock } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { deferred, type Stage, stage } from "../../test/stage.ts";
import type { ServerOptions } from "../server-options.ts";
import { authenticate } from "./authenticate.ts";
import type { AuthenticateOptions } from "./authenticate-options.ts";
import { pipe } from "./pipe.ts";

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

interface AuthStage extends Stage {
  /** What the handler behind has heard. */
  readonly heard: string[];
  /** Why the first connection that closes is closed. */
  readonly reason: Promise<unknown>;
}

/** A stage whose clock is the middleware's; the server's own stands still. */
async function authStage(
  options: AuthenticateOptions<string>,
  rest: Partial<ServerOptions<string>> = {},
  own: Partial<Handler<string>> = {},
): Promise<AuthStage> {
  const clock = manualClock();
  const heard: string[] = [];
  const handler: Handler<string> = {
    open: ({ id }) => void heard.push(`open ${id}`),
    message(message, connection) {
      heard.push(message);
      connection.send(`echo ${message}`);
    },
    drain: () => void heard.push("drain"),
    closing: () => void heard.push("closing"),
    closed: () => void heard.push("closed"),
    ...own,
  };
  const set = await stage({ ...rest, handler: pipe(handler, authenticate<string>({ clock, ...options })) });
  const reason = deferred<unknown>();
  set.server.events.on("closed", (event) => reason.resolve(event.reason));
  return { ...set, clock, heard, reason: reason.promise };
}

describe("authenticate by a token", () => {
  it("lets who knows it in, and only then opens the handler", async () => {
    const { clock, heard, reason, dial } = await authStage({ token: "s3cret", welcome: "come in" });
    const caller = await dial();
    await turns();
    expect(heard).toEqual([]);
    caller.send("s3cret\nhello\ns3cret\n");
    await caller.untilText("come in\necho hello\necho s3cret\n");
    expect(clock.pending).toBe(0);
    caller.stream.end();
    await caller.untilClosed();
    expect(await reason).toEqual({ by: "remote", kind: "ended" });
    expect(heard).toEqual(["open c1", "hello", "s3cret", "closing", "closed"]);
  });

  it("lets nobody else in, however often they try, and the handler hears nothing of them", async () => {
    const { heard, reason, clock, dial } = await authStage({ token: "s3cret", rejection: "no", maxTries: 3 });
    const caller = await dial();
    caller.send("s3cre\ns3cret1\n\ns3cret\n");
    await caller.untilEnded();
    expect(caller.text).toBe("no\nno\nno\n");
    caller.stream.end();
    expect(await reason).toEqual({ by: "local", kind: "unauthorized", tries: 3 });
    expect([heard, clock.pending]).toEqual([[], 0]);
  });

  it("forgives a wrong try before the last", async () => {
    const { dial } = await authStage({ token: "s3cret", maxTries: 3 });
    const caller = await dial();
    caller.send("wrong\nwrong\ns3cret\nhello\n");
    await caller.untilText("echo hello\n");
  });

  it("takes any of several tokens", async () => {
    const { dial } = await authStage({ token: ["one", "two"], maxTries: 1 });
    for (const token of ["one", "two"]) {
      const caller = await dial();
      caller.send(`${token}\nhello\n`);
      await caller.untilText("echo hello\n");
    }
    const caller = await dial();
    caller.send("three\nhello\n");
    expect((await caller.untilEnded()).text).toBe("");
  });

  it("finds the token where it is told to look, and takes none for a wrong one", async () => {
    const tokenOf = (line: string): string | undefined => /^AUTH (.*)$/.exec(line)?.[1];
    const { dial } = await authStage({ token: "s3cret", tokenOf, rejection: "no" });
    const caller = await dial();
    caller.send("s3cret\nAUTH s3cret\nhello\n");
    await caller.untilText("no\necho hello\n");
  });

  it("does not wait for it for ever, nor anew after each try", async () => {
    const { heard, reason, clock, dial } = await authStage({ token: "s3cret", deadlineMs: 1_000 });
    const caller = await dial();
    caller.send("wrong\n");
    await turns();
    clock.advance(999);
    await turns();
    expect(caller.hasEnded).toBe(false);
    clock.advance(1);
    await caller.untilEnded();
    caller.stream.end();
    expect(await reason).toEqual({ by: "local", kind: "auth-timeout", afterMs: 1_000 });
    expect(heard).toEqual([]);
  });

  it("counts frames that were too long", async () => {
    const codec = textLines({ maxFrameBytes: 10, onTooLong: "skip" });
    const { reason, dial } = await authStage({ token: "s3cret", maxTries: 2 }, { codec });
    const caller = await dial();
    caller.send(`${"x".repeat(20)}\n`.repeat(2));
    await caller.untilEnded();
    caller.stream.end();
    expect(await reason).toMatchObject({ kind: "unauthorized", tries: 2 });
  });

  it("keeps its tokens out of its errors", () => {
    for (const options of [
      { token: "s3cret", maxTries: 0 },
      { token: ["s3cret", ""] },
      { token: "s3cret", verify: () => true },
    ]) {
      let error: ParleyError | undefined;
      try {
        authenticate(options);
      } catch (thrown) {
        error = thrown as ParleyError;
      }
      expect(error).toMatchObject({ code: "bad-option" });
      expect(error?.message).not.toContain("s3cret");
    }
  });
});

describe("authenticate by verify", () => {
  it("holds back what follows until it has decided", async () => {
    const verdict = deferred<boolean>();
    const { heard, dial } = await authStage({ verify: () => verdict.promise });
    const caller = await dial();
    caller.send("me\nhello\n");
    await turns();
    expect(heard).toEqual([]);
    verdict.resolve(true);
    await caller.untilText("echo hello\n");
  });

  it("opens nothing for who has gone meanwhile, or was late", async () => {
    for (const leave of ["reset", "deadline"]) {
      const verdict = deferred<boolean>();
      const { heard, clock, reason, dial } = await authStage({ verify: () => verdict.promise });
      const caller = await dial();
      caller.send("me\n");
      await turns();
      if (leave === "reset") caller.stream.destroy();
      else clock.advance(10_000);
      await turns();
      verdict.resolve(true);
      if (leave === "deadline") caller.stream.end();
      expect(await reason).toMatchObject({ kind: leave === "reset" ? "reset" : "auth-timeout" });
      await turns();
      expect(heard).toEqual([]);
    }
  });

  it("lets only true in", async () => {
    const { heard, dial } = await authStage({ verify: () => Promise.resolve("yes" as never), maxTries: 1 });
    const caller = await dial();
    caller.send("me\nhello\n");
    await caller.untilEnded();
    expect(heard).toEqual([]);
  });

  it("may leave what it learns with the connection", async () => {
    const verify: AuthenticateOptions<string>["verify"] = (message, connection) => {
      connection.data = { name: message };
      return true;
    };
    const own: Partial<Handler<string>> = {
      message: (_, connection) => void connection.send(JSON.stringify(connection.data)),
    };
    const { dial } = await authStage({ verify }, {}, own);
    const caller = await dial();
    caller.send("Ada\nwho am I?\n");
    await caller.untilText('{"name":"Ada"}\n');
  });

  it("fails its connection when it throws", async () => {
    const { untilTold, heard, dial } = await authStage({
      verify() {
        throw new Error("no database");
      },
    });
    (await dial()).send("me\n");
    await untilTold("handler-error c1 Error: no database");
    expect(heard).toEqual([]);
  });
});

describe("the end of who is not accepted yet", () => {
  it.each([true, false])(
    "is not the handler's to decide, whether it has an ended (%s) or not",
    async (has) => {
      const ended: string[] = [];
      const own: Partial<Handler<string>> = has
        ? {
            ended(connection) {
              ended.push(connection.id);
              connection.end();
            },
          }
        : {};
      const { reason, heard, untilTold, dial } = await authStage({ token: "s3cret" }, {}, own);
      const stranger = await dial();
      stranger.stream.end();
      await stranger.untilClosed();
      expect(await reason).toEqual({ by: "remote", kind: "ended" });
      expect([heard, ended]).toEqual([[], []]);
      const friend = await dial();
      friend.send("s3cret\n");
      friend.stream.end();
      await untilTold("closed c2 remote ended");
      expect(ended).toEqual(has ? ["c2"] : []);
    },
  );

  it("comes with a drain at once, and a drain during its verification reaches the handler behind its open", async () => {
    const verdict = deferred<boolean>();
    const { server, heard, dial } = await authStage({ verify: () => verdict.promise });
    const [silent, asking] = [await dial(), await dial()];
    asking.send("me\n");
    await turns();
    const draining = server.close();
    await silent.untilEnded();
    expect(heard).toEqual([]);
    verdict.resolve(true);
    await asking.untilEnded();
    for (const caller of [silent, asking]) caller.stream.end();
    expect(await draining).toMatchObject({ idle: 1, completed: 1, aborted: 0 });
    expect(heard).toEqual(["open c2", "drain", "closing", "closed"]);
  });
});
