import type { AbortWatch } from "@parley/core";
import type { WireForm } from "../contract/compiled-contract.ts";
import { Mismatch } from "../contract/mismatch.ts";
import { OutgoingCall } from "../engine/outgoing-call.ts";
import { MismatchError } from "../mismatch-error.ts";
import type { CallRequest, Recovery } from "./call-request.ts";
import type { PendingInput } from "./pending-input.ts";

/** What all calls of a session share. */
export interface CallHome {
  readonly form: WireForm;
  readonly aborts: AbortWatch<PendingCall>;
}

/** A call, and the promise of its result. */
export class PendingCall extends OutgoingCall {
  readonly result: Promise<unknown>;
  /** Null if the method has none. */
  input: PendingInput | null = null;
  protected readonly request: CallRequest;
  protected readonly home: CallHome;
  readonly #recovery: Recovery | undefined;
  #resolve!: (result: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(
    home: CallHome,
    request: CallRequest,
    params: unknown,
    deadline: number,
    credit: number | null,
    recovery?: Recovery,
  ) {
    const { method, timeoutMs, signal, key, traceparent } = request;
    super(method.name, params, timeoutMs, deadline, credit, key, traceparent);
    this.home = home;
    this.request = request;
    this.#recovery = recovery;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (signal !== undefined) home.aborts.add(this);
  }

  get signal(): AbortSignal | undefined {
    return this.request.signal;
  }

  resolve(result: unknown): void {
    let taken: unknown;
    try {
      taken = this.request.method.result.fromWire(result, this.home.form);
    } catch (error) {
      return this.reject(this.mismatch("the result", error));
    }
    this.over();
    this.#resolve(taken);
  }

  reject(error: unknown): void {
    this.over();
    if (this.#recovery === undefined) this.#reject(error);
    else this.#recover(this.#recovery, error);
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
    if (this.request.signal !== undefined) this.home.aborts.delete(this);
    this.input?.over();
  }

  /** Later: who made the session is to know first what has become of it. */
  #recover(recovery: Recovery, error: unknown): void {
    void Promise.resolve().then(() => {
      try {
        this.#resolve(recovery.recover(error, this.deadline));
      } catch (final) {
        this.#reject(final);
      }
    });
  }
}
