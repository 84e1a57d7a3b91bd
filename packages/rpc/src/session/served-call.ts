import { FrameTooLongError, ParleyError } from "@parley/core";
import { rpcCodes } from "../codes.ts";
import type { ValueCheck, WireForm } from "../contract/compiled-contract.ts";
import { Mismatch } from "../contract/mismatch.ts";
import { stopErrors } from "../engine/answer.ts";
import { IncomingCall, type IncomingParts, type StopReason } from "../engine/incoming-call.ts";
import type { ErrorObject, Outcome } from "../engine/wire.ts";
import { MismatchError } from "../mismatch-error.ts";
import { RpcError } from "../rpc-error.ts";
import type { CallContext } from "../service/implementation.ts";
import type { ServedMethod } from "../service/service.ts";
import { abortedError } from "./aborted-error.ts";
import { ItemQueue } from "./item-queue.ts";
import { ServedOutput } from "./served-output.ts";
import type { ServiceHome } from "./service-home.ts";
import { isThenable } from "./thenable.ts";

/** A call of the other side, on its way through the implementation, whose context it is. */
export class ServedCall extends IncomingCall implements CallContext<never, unknown> {
  readonly #home: ServiceHome;
  readonly #served: ServedMethod;
  #abort: AbortController | null = null;
  #stopped: StopReason | null = null;
  /** Whose work is waited for: its own, or that of the first call with the same key. */
  #work: "its own" | "another's" = "its own";
  #input: ItemQueue<unknown> | null = null;
  #output: ServedOutput | null = null;

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
    const deadline = this.#home.incoming.deadlineOf(this);
    return deadline === Number.POSITIVE_INFINITY ? deadline : Math.max(0, deadline - this.#home.clock.now());
  }

  // The type is the method's own; here it is any method.
  get input(): never {
    return (this.#input ?? undefined) as never;
  }

  // Implementations take it out of the context: `{ fail }`.
  get fail(): (name: string, data?: unknown) => RpcError {
    return (name, data) => this.#declared(name, data);
  }

  #declared(name: string, data: unknown): RpcError {
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
      if (cause instanceof Mismatch) throw new MismatchError(`the data of ${name}`, cause, "local");
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
    // What of it is still needed, the implementation knows.
    this.params = undefined;
    const { keys, principal } = this.#home;
    if (this.key === undefined || keys === undefined) return this.#run(params);
    switch (keys.admit(principal, this.key, (outcome) => this.#finish(outcome))) {
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
    // It can be asked for by its key on another connection.
    if (reason === "closed" && this.#work === "its own" && this.#isKeyed) return;
    this.#stopped = reason;
    const message = stopMessages[reason];
    this.#abort?.abort(abortedError(message));
    this.#input?.fail(abortedError(message));
    this.#output?.stop();
    if (this.#work === "another's") this.#finish({ error: stopErrors[reason] });
  }

  override creditGiven(): void {
    this.#output?.wake();
  }

  override inputCame(item: unknown): void {
    try {
      const { channel } = this.#home;
      this.#input?.push(this.#served.compiled.input?.fromWire(item, this.#form), channel.messageBytes);
    } catch (error) {
      this.#home.incoming.fail(this, this.#errorOf(error, "input"));
    }
  }

  override inputEnded(): void {
    this.#input?.end();
  }

  override remoteEnded(): void {
    this.#output?.remoteEnded();
    if (this.#input?.isOpen) this.#home.incoming.fail(this, inputLost);
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

  /** Of a stream for who asked for none. */
  get #collected(): readonly unknown[] {
    return this.#output?.collected ?? [];
  }

  get #form(): WireForm {
    return this.#home.channel.form;
  }

  get #isKeyed(): boolean {
    return this.key !== undefined && this.#home.keys !== undefined;
  }

  #run(params: unknown): void {
    const { compiled } = this.#served;
    if (compiled.input !== null) this.#openInput();
    try {
      const result = this.#served.run(params, this);
      if (compiled.output !== null) this.#stream(compiled.output, result);
      else if (isThenable(result)) this.#follow(Promise.resolve(result));
      else this.#succeeded(result);
    } catch (error) {
      this.#failed(error);
    }
  }

  #openInput(): void {
    const { incoming, work, streamWindow } = this.#home;
    this.#input = new ItemQueue<unknown>(
      {
        taken: (items) => incoming.giveInputCredit(this, items),
        left() {},
        kept: (bytes) => {
          if (this.state !== "done") work.keep(this, bytes);
        },
      },
      streamWindow,
    );
    incoming.giveInputCredit(this, streamWindow);
  }

  #stream(check: ValueCheck, result: unknown): void {
    this.#output = new ServedOutput(this, this.#home, check);
    this.#follow(this.#output.run(result));
  }

  #follow(work: Promise<unknown>): void {
    work.then(
      (result) => this.#succeeded(result),
      (error: unknown) => this.#failed(error),
    );
  }

  #succeeded(result: unknown): void {
    try {
      const { compiled } = this.#served;
      if (compiled.output !== null && this.credit === null) this.#end({ result: this.#collected });
      else this.#end({ result: compiled.result.toWire(result, this.#form) ?? null });
    } catch (error) {
      this.#failed(
        error instanceof Mismatch ? new MismatchError(`the result of ${this.method}`, error, "local") : error,
      );
    }
  }

  #failed(error: unknown): void {
    this.#end({ error: this.#stopped === null ? this.#errorOf(error, "work") : stopErrors[this.#stopped] });
  }

  #errorOf(error: unknown, of: "params" | "input" | "work"): ErrorObject {
    if (error instanceof Mismatch && of !== "work") {
      const what = of === "params" ? "the parameters" : "an item of the input";
      return {
        code: rpcCodes.invalidParams,
        message: `The contract is not met by ${what} of ${this.method}: ${error.message}.`,
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
const inputLost: ErrorObject = {
  code: rpcCodes.cancelled,
  message: "The request was cancelled: its caller has ended its side of the connection before its input.",
};
const keyUnknown: ErrorObject = {
  code: rpcCodes.keyUnknown,
  message:
    "What became of this key is not known any more, or there is no memory for it; the request was not started.",
};
