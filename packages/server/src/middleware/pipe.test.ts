import { type Connection, type Handler, type ParleyError, textLines } from "@parley/core";
import { describe, expect, it } from "vitest";
import { deferred, stage } from "../../test/stage.ts";
import { echo } from "../handlers/echo.ts";
import type { CommonMiddleware, Middleware } from "./middleware.ts";
import { pipe } from "./pipe.ts";
import { wrap } from "./wrap.ts";

/** A middleware that writes down what it sees, and when the one behind it has returned. */
function witness(name: string, log: string[]): CommonMiddleware {
  return (next) =>
    wrap(next, {
      open(connection) {
        log.push(`${name} open`);
        return next.open?.(connection);
      },
      message(message, connection) {
        log.push(`${name} ${String(message)}`);
        const result = next.message(message, connection);
        log.push(`${name} through`);
        return result;
      },
      closed(connection, reason) {
        log.push(`${name} closed`);
        next.closed?.(connection, reason);
      },
    });
}

const upperCase: Middleware<string> = (next) =>
  wrap(next, { message: (message, connection) => next.message(message.toUpperCase(), connection) });

describe("pipe", () => {
  it("lets the first middleware see everything first", async () => {
    const log: string[] = [];
    const { untilTold, dial } = await stage({
      handler: pipe(echo<string>(), witness("a", log), witness("b", log)),
    });
    const caller = await dial();
    caller.send("x\n");
    caller.stream.end();
    await untilTold("closed c1 remote ended");
    expect(log).toEqual(["a open", "b open", "a x", "b x", "b through", "a through", "a closed", "b closed"]);
    expect(caller.text).toBe("x\n");
  });

  it("gives the handler what a middleware made of a message", async () => {
    const { dial } = await stage({ handler: pipe(echo(), upperCase) });
    const caller = await dial();
    caller.send("x\n");
    await caller.untilText("X\n");
  });

  it("wraps once, whatever comes", async () => {
    let wrapped = 0;
    const counted: CommonMiddleware = (next) => {
      wrapped += 1;
      return next;
    };
    const { dial } = await stage({ handler: pipe(echo(), counted) });
    const callers = [await dial(), await dial()];
    for (const caller of callers) caller.send("x\ny\n");
    await Promise.all(callers.map((caller) => caller.untilText("x\ny\n")));
    expect(wrapped).toBe(1);
  });

  it("makes no promise where the handler makes none, and holds back the next message where it does", async () => {
    const first = deferred();
    const log: string[] = [];
    const handler: Handler<string> = {
      message(message) {
        log.push(message);
        return message === "wait" ? first.promise : undefined;
      },
    };
    const piped = pipe(handler, witness("a", []), upperCase, (next) =>
      wrap(next, { message: (message, connection) => next.message(message.toLowerCase(), connection) }),
    );
    expect(piped.message("x", undefined as never)).toBeUndefined();
    const { dial } = await stage({ handler: piped });
    const caller = await dial();
    caller.send("wait\nb\n");
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(log).toEqual(["x", "wait"]);
    first.resolve();
    caller.stream.end();
    await caller.untilClosed();
    expect(log).toEqual(["x", "wait", "b"]);
  });

  it("refuses what is no handler of callbacks, and says what to do", () => {
    const refusal = (make: () => unknown): ParleyError => {
      try {
        make();
      } catch (error) {
        return error as ParleyError;
      }
      throw new Error("It was not refused.");
    };
    const iterating = async (): Promise<void> => {};
    expect(refusal(() => pipe(iterating as never))).toMatchObject({ code: "bad-option" });
    expect(refusal(() => pipe(iterating as never)).message).toMatch(/object with a message callback/);
    expect(refusal(() => pipe(undefined as never)).message).toMatch(/the handler is no handler/);
    expect(refusal(() => pipe(echo(), undefined as never)).message).toMatch(/middleware 1 is no function/);
    expect(refusal(() => pipe(echo(), (next) => next, (() => {}) as never)).message).toMatch(
      /middleware 2 has returned is no handler/,
    );
  });
});

describe("wrap", () => {
  it("keeps the callbacks that are not replaced, and who they belong to", async () => {
    class Greeter implements Handler<string> {
      readonly #greeting = "hello";
      message(message: string, connection: Connection<string>): void {
        connection.send(`${this.#greeting} ${message}`);
      }
      ended(connection: Connection<string>): void {
        connection.send(`${this.#greeting} and goodbye`);
        connection.end();
      }
    }
    const { dial } = await stage({ codec: textLines(), handler: wrap(new Greeter(), {}) });
    const caller = await dial();
    caller.send("x\n");
    caller.stream.end();
    await caller.untilClosed();
    expect(caller.text).toBe("hello x\nhello and goodbye\n");
  });

  it("adds no callback, as having one may mean something", () => {
    expect(Object.keys(wrap(echo(), {}))).toEqual(["message"]);
    const every = ["message", "open", "skipped", "ended", "drain", "closing", "closed"];
    const all = Object.fromEntries(every.map((name) => [name, () => {}])) as unknown as Handler<string>;
    expect(Object.keys(wrap(all, {})).sort()).toEqual(every.sort());
    expect(Object.keys(wrap(echo(), all)).sort()).toEqual(every.sort());
  });
});
