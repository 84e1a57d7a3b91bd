import assert from "node:assert/strict";
import type { Connection, Handler } from "../src/index.ts";
import type { ModelConnection } from "./model-connection.ts";
import { type Dialect, dialects, other } from "./model-input.ts";
import type { Hooks } from "./model-plan.ts";

/** What one handler was told, in order. */
interface Told {
  readonly calls: string[];
  readonly hooks: Hooks;
}

/** Who uses a connection: does what messages and the plan say, and writes down what it is told. */
export class ModelUser {
  readonly #model: ModelConnection;
  /** What each of its handlers was told. */
  readonly told: Told[] = [];
  /** Promises of callbacks that are pending: each is settled from outside. */
  readonly held: ((succeeds: boolean) => void)[] = [];
  /** How much work it has begun beside messages. */
  work = 0;
  /** How many messages it has taken. */
  taken = 0;
  functionIsThrough = false;
  /** In which codec it speaks. */
  speaks: Dialect = "lines";

  /** The codec was to change, and cannot any more: what an iteration still has was read by the one before. */
  #missedSwitch = false;

  constructor(model: ModelConnection) {
    this.#model = model;
  }

  get isBusy(): boolean {
    return this.held.length > 0 || this.work > 0;
  }

  /** One more handler, of callbacks. */
  handler(): Handler<string> {
    const { hooks } = this.#model.plan;
    const told: Told = { calls: [], hooks };
    this.told.push(told);
    const tell = (call: string, letters: string): void | Promise<void> => {
      assert.ok(!told.calls.includes("closed"), `${call} behind closed`);
      assert.ok(
        call === "closed" || call === "drain" || !told.calls.includes("closing"),
        `${call} behind closing`,
      );
      if (call !== "message") assert.ok(!told.calls.includes(call), `${call} was told twice`);
      told.calls.push(call);
      return this.#act(letters);
    };
    const { open, ended, drain, closing, closed } = hooks;
    return {
      open: () => tell("open", open),
      message: (message) => {
        this.#takes(message);
        assert.equal(this.held.length, 0, "a message came while another was being handled");
        return tell("message", message);
      },
      ...(ended !== undefined && { ended: () => tell("ended", ended) as void }),
      ...(drain !== undefined && { drain: () => tell("drain", drain) as void }),
      closing: () => tell("closing", closing) as void,
      closed: () => tell("closed", closed) as void,
    };
  }

  /** The other form. */
  async iterate(connection: Connection<string>): Promise<void> {
    for await (const message of connection) {
      this.#takes(message);
      await this.#act(message);
    }
    this.functionIsThrough = true;
  }

  #takes(message: string): void {
    const { plan, connection, isLeaving, items } = this.#model;
    const { state } = connection;
    if (plan.form === "callbacks")
      assert.ok(!isLeaving && state !== "closed", `a message came while ${state}`);
    if (this.#missedSwitch) return;
    const item = items[this.taken];
    assert.deepEqual(item?.what, { message }, "not the next message");
    assert.ok(
      (item?.start ?? 0) < (this.#model.drainedAt ?? Number.POSITIVE_INFINITY),
      "it came behind the drain",
    );
    this.taken += 1;
  }

  /**
   * Echoes, sends much, ends, closes, destroys, throws, begins work, changes the codec with and without another handler; from an `h` on it goes
   * on when it is told to.
   */
  #act(letters: string): void | Promise<void> {
    for (const [index, letter] of letters.split("").entries()) {
      if (letter === "h") return this.#hold(letters.slice(index + 1));
      this.#do(letter);
    }
  }

  async #hold(rest: string): Promise<void> {
    const succeeds = await new Promise<boolean>((resolve) => this.held.push(resolve));
    if (!succeeds) this.#do("t");
    await this.#act(rest);
  }

  #do(letter: string): void {
    switch (letter) {
      case "e":
        return this.#model.send("reply");
      case "b":
        return ["0123456789abcde", "0123456789abcdef", "0123456789abcde"].forEach((much) =>
          this.#model.send(much),
        );
      case "f":
        return this.#model.end();
      case "c":
        return this.#model.close();
      case "d":
        return this.#model.destroy();
      case "w":
        this.work += 1;
        return this.#model.connection.workBegun();
      case "t": {
        const error = new Error("thrown");
        this.#model.reasons.cause({ by: "local", kind: "handler-error", error });
        throw error;
      }
      case "s":
      case "S":
        return this.#switch(letter === "S" && this.#model.plan.form === "callbacks");
    }
  }

  #switch(withHandler: boolean): void {
    if (this.#model.isLeaving) {
      this.#missedSwitch = true;
      return;
    }
    this.speaks = other(this.speaks);
    const handler = withHandler ? this.handler() : undefined;
    this.#model.connection.switchCodec<string, string>(dialects[this.speaks], handler);
  }
}
