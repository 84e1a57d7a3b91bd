import type { AbortWatch } from "@parley/core";
import type { CompiledMethod, WireForm } from "../contract/compiled-contract.ts";
import { Mismatch } from "../contract/mismatch.ts";
import { OutgoingCall } from "../engine/outgoing-call.ts";
import { MismatchError } from "../mismatch-error.ts";
import type { PendingInput } from "./pending-input.ts";

/** What all calls of a session share. */
export interface CallHome {
  readonly form: WireForm;
  readonly aborts: AbortWatch<PendingCall>;
}

/** A call, and the promise of its result. */
export class PendingCall extends OutgoingCall {
  readonly signal: AbortSignal | undefined;
  readonly result: Promise<unknown>;
  /** Null if the method has none. */
  input: PendingInput | null = null;
  protected readonly compiled: CompiledMethod;
  protected readonly home: CallHome;
  #resolve!: (result: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(
    home: CallHome,
    compiled: CompiledMethod,
    params: unknown,
    timeoutMs: number,
    deadline: number,
    credit: number | null,
    {
      signal,
      key,
      traceparent,
    }: { signal?: AbortSignal | undefined; key?: string | undefined; traceparent?: string | undefined },
  ) {
    super(compiled.name, params, timeoutMs, deadline, credit, key, traceparent);
    this.home = home;
    this.compiled = compiled;
    this.signal = signal;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (signal !== undefined) home.aborts.add(this);
  }

  resolve(result: unknown): void {
    let taken: unknown;
    try {
      taken = this.compiled.result.fromWire(result, this.home.form);
    } catch (error) {
      return this.reject(this.mismatch("the result", error));
    }
    this.over();
    this.#resolve(taken);
  }

  reject(error: unknown): void {
    this.over();
    this.#reject(error);
  }

  override inputWanted(): void {
    this.input?.wanted();
  }

  /** What to throw where the other side has sent something that does not match. */
  protected mismatch(what: string, error: unknown): unknown {
    return error instanceof Mismatch
      ? new MismatchError(`${what} of ${this.method}`, error, "remote")
      : error;
  }

  /** It is settled: nobody needs to watch over it any more. */
  protected over(): void {
    if (this.signal !== undefined) this.home.aborts.delete(this);
    this.input?.over();
  }
}
