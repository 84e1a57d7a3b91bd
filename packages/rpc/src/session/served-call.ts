import { type Clock, FrameTooLongError, ParleyError } from "@parley/core";
import { rpcCodes } from "../codes.ts";
import type { WireForm } from "../contract/compiled-contract.ts";
import { Mismatch } from "../contract/mismatch.ts";
import { IncomingCall, type IncomingParts, type StopReason } from "../engine/incoming-call.ts";
import { type IncomingCalls, stopErrors } from "../engine/incoming-calls.ts";
import type { KeyMemory } from "../engine/key-memory.ts";
import type { ErrorObject, Outcome } from "../engine/wire.ts";
import { MismatchError } from "../mismatch-error.ts";
import { RpcError } from "../rpc-error.ts";
import type { CallContext } from "../service/implementation.ts";
import type { ServedMethod } from "../service/service.ts";
import { abortedError } from "./aborted-error.ts";
import { ItemPump, type ItemSink } from "./item-pump.ts";
import { ItemQueue } from "./item-queue.ts";
import type { MessageChannel } from "./message-channel.ts";

/** What all calls that a session serves share. */
export interface ServiceHome {
  readonly incoming: IncomingCalls;
  readonly channel: MessageChannel;
  readonly clock: Clock;
  readonly connection: unknown;
  readonly keys: KeyMemory | undefined;
  readonly principal: string;
  readonly streamWindow: number;
  readonly maxCollected: number;
  /** Tells the log of what an implementation threw; returns what the caller is told in its place. */
  conceal(method: string, error: unknown): ErrorObject;
}

/** A call of the other side, on its way through the implementation, whose context it is. */
export class ServedCall extends IncomingCall implements CallContext<never, unknown>, ItemSink {
  readonly #home: ServiceHome;
  readonly #served: ServedMethod;
  #abort: AbortController | null = null;
  #stopped: StopReason | null = null;
  /** Whose work is waited for: its own, or that of the first call with the same key. */
  #work: "its own" | "another's" = "its own";
  #input: ItemQueue<unknown> | null = null;
  #pump: ItemPump | null = null;
  #collected: unknown[] = [];

  constructor(home: ServiceHome, served: ServedMethod, parts: IncomingParts) {
    super(parts);
    this.#home = home;
    this.#served = served;
  }

  // What the implementation sees

  get connection(): unknown {
    return this.#home.connection;
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#stopped !== null) this.#abort.abort(abortedError(stopMessages[this.#stopped]));
    }
    return this.#abort.signal;
  }

  get remainingMs(): number {
    return this.deadline === Number.POSITIVE_INFINITY
      ? this.deadline
      : Math.max(0, this.deadline - this.#home.clock.now());
  }

  // The type is the method's own; here it is any method.
  get input(): never {
    return (this.#input ?? undefined) as never;
  }

  fail(name: string, data?: unknown): RpcError {
    const { compiled } = this.#served;
    const error = compiled.errors.get(name);
    if (error === undefined) {
      throw new ParleyError(
        "bad-option",
        `${compiled.name} declares no error ${name}; add it to the contract.`,
      );
    }
    try {
      return new RpcError(error.code, error.message, error.data?.toWire(data, this.#form));
    } catch (cause) {
      if (cause instanceof Mismatch) throw new MismatchError(`The data of ${name}`, cause, "local");
      throw cause;
    }
  }

  // What the engine tells it

  start(): void {
    const { compiled } = this.#served;
    const streams = compiled.output !== null || compiled.input !== null;
    if (streams && this.batch !== null) return this.#refuse("a stream cannot be part of a batch");
    if (streams && this.key !== undefined) return this.#refuse("a stream cannot have a key");
    let params: unknown;
    try {
      params = compiled.params.fromWire(this.params, this.#form);
    } catch (error) {
      return this.#finish({ error: this.#errorOf(error, "params") });
    }
    if (this.key === undefined || this.#home.keys === undefined) return this.#run(params);
    switch (this.#home.keys.admit(this.#home.principal, this.key, (outcome) => this.#finish(outcome))) {
      case "run":
        return this.#run(params);
      case "join":
        this.#work = "another's";
        return;
      case "unknown":
        return this.#finish({ error: keyUnknown });
    }
  }

  stop(reason: StopReason): void {
    this.#stopped = reason;
    const message = stopMessages[reason];
    this.#abort?.abort(abortedError(message));
    this.#input?.fail(abortedError(message));
    this.#pump?.wake();
    if (this.#work === "another's") this.#finish({ error: stopErrors[reason] });
  }

  override creditGiven(): void {
    this.#pump?.wake();
  }

  override inputCame(item: unknown): void {
    try {
      this.#input?.push(this.#served.compiled.input?.fromWire(item, this.#form));
    } catch (error) {
      this.#end({ error: this.#errorOf(error, "input") });
      this.stop("cancelled");
    }
  }

  override inputEnded(): void {
    this.#input?.end();
  }

  // What its pump asks

  get ready(): boolean {
    return this.credit === null || this.credit > 0;
  }

  get stopped(): boolean {
    return this.#stopped !== null;
  }

  send(item: unknown): boolean {
    const wire = this.#served.compiled.output?.toWire(item, this.#form);
    if (this.credit !== null) return this.#home.incoming.output(this, wire);
    const { maxCollected } = this.#home;
    if (this.#collected.length >= maxCollected) {
      throw new RpcError(
        rpcCodes.streamLimit,
        `${this.method} has more than the ${maxCollected} items that one answer may hold; ask for a stream, with credit in meta.`,
      );
    }
    this.#collected.push(wire);
    return true;
  }

  writable(): Promise<void> {
    return this.#home.channel.writable();
  }

  /** What its caller is told where the answer could not be sent. */
  unsendable(error: unknown): ErrorObject {
    if (error instanceof FrameTooLongError && this.#collected.length > 0)
      return {
        code: rpcCodes.streamLimit,
        message: `The items of ${this.method} do not fit into one answer; ask for a stream, with credit in meta.`,
      };
    return this.#home.conceal(this.method, error);
  }

  // How it gets on

  get #form(): WireForm {
    return this.#home.channel.form;
  }

  #run(params: unknown): void {
    const { compiled } = this.#served;
    if (compiled.input !== null) this.#openInput();
    let result: unknown;
    try {
      result = this.#served.run(params, this);
    } catch (error) {
      return this.#failed(error);
    }
    if (compiled.output !== null) this.#stream(result);
    else if (isThenable(result)) result.then(this.#succeeded, this.#failed);
    else this.#succeeded(result);
  }

  #openInput(): void {
    const { incoming, streamWindow } = this.#home;
    this.#input = new ItemQueue<unknown>(
      { taken: (items) => incoming.giveInputCredit(this, items), left() {} },
      streamWindow,
    );
    incoming.giveInputCredit(this, streamWindow);
  }

  #stream(result: unknown): void {
    this.#pump = new ItemPump(this);
    this.#pumped(result).then(this.#succeeded, this.#failed);
  }

  async #pumped(result: unknown): Promise<unknown> {
    // A middleware may have made a promise of it.
    const source = await (result as AsyncIterable<unknown> | Iterable<unknown>);
    const returned = await (this.#pump as ItemPump).run(source);
    if (this.stopped) throw abortedError("The stream was stopped.");
    return returned;
  }

  readonly #succeeded = (result: unknown): void => {
    try {
      const { compiled } = this.#served;
      if (compiled.output !== null && this.credit === null) this.#end({ result: this.#collected });
      else this.#end({ result: compiled.result.toWire(result, this.#form) ?? null });
    } catch (error) {
      this.#failed(
        error instanceof Mismatch ? new MismatchError(`The result of ${this.method}`, error, "local") : error,
      );
    }
  };

  readonly #failed = (error: unknown): void => {
    this.#end({ error: this.#stopped === null ? this.#errorOf(error, "work") : stopErrors[this.#stopped] });
  };

  #errorOf(error: unknown, of: "params" | "input" | "work"): ErrorObject {
    if (error instanceof Mismatch && of !== "work") {
      const what = of === "params" ? "The parameters" : "An item of the input";
      return {
        code: rpcCodes.invalidParams,
        message: `${what} of ${this.method} are not valid: ${error.message}.`,
        data: error.issues,
      };
    }
    if (error instanceof RpcError && error.blame === "local") {
      const { rpcCode: code, message, data } = error;
      return data === undefined ? { code, message } : { code, message, data };
    }
    return this.#home.conceal(this.method, error);
  }

  #refuse(why: string): void {
    this.#finish({
      error: { code: rpcCodes.invalidRequest, message: `This is not a valid request: ${why}.` },
    });
  }

  #end(outcome: Outcome): void {
    if (this.key !== undefined) this.#home.keys?.settle(this.#home.principal, this.key, outcome);
    this.#finish(outcome);
  }

  #finish(outcome: Outcome): void {
    this.#home.incoming.finish(this, outcome);
  }
}

const stopMessages: Readonly<Record<StopReason, string>> = {
  cancelled: "The caller has cancelled the call.",
  deadline: "The caller's deadline has passed.",
  closed: "The caller's connection is closed.",
};
const keyUnknown: ErrorObject = {
  code: rpcCodes.keyUnknown,
  message:
    "What became of this key is not known any more, or there is no memory for it; the request was not started.",
};

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}
