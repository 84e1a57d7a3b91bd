import { ClosedError, type Connection, checkIntegerOrInfinity, ParleyError } from "@parley/core";
import {
  type CompiledContract,
  type CompiledMethod,
  type Contract,
  compiled,
  type EventName,
  type Implementation,
  type NotificationName,
  protocolMethods,
  type Signature,
  service,
} from "@parley/rpc";
import { AddressList, type Where } from "./address-list.ts";
import type { CallArguments, CallableName, ClientCallOptions, StreamableName } from "./call-arguments.ts";
import { Calls } from "./calls.ts";
import { ClientCall } from "./client-call.ts";
import { ClientEmitter } from "./client-events.ts";
import { type ClientOptions, type ClientSetup, clientSetup } from "./client-options.ts";
import type { ClientState } from "./client-state.ts";
import { KeySequence } from "./key-sequence.ts";
import { OfferedService } from "./offered-service.ts";
import { Reconnector } from "./reconnector.ts";
import type { ResultStream } from "./result-stream.ts";
import { Subscriptions } from "./subscriptions.ts";
import { WaitingRoom } from "./waiting-room.ts";
import { WaitingStream } from "./waiting-stream.ts";

/** How long something of no method of its own may take. */
export type WaitOptions = Pick<ClientCallOptions, "timeoutMs" | "signal">;

const noOptions: ClientCallOptions = Object.freeze({});

/**
 * A client of the service behind `contract`, at one of the addresses. It connects by itself, at once unless `lazy`, and again whenever the
 * connection is lost; calls wait for it, each within its own deadline. Whether there is a connection, only who waits is told, and `events`.
 * @throws ParleyError `bad-option`, `bad-address`.
 */
export function createClient<S extends Signature>(
  contract: Contract<S>,
  where: Where,
  options: ClientOptions = {},
): Client<S> {
  return new Client<S>(compiled(contract), new AddressList(where), clientSetup(options));
}

/** See {@link createClient}. */
export class Client<S extends Signature = Signature> {
  /** What it tells of itself. */
  readonly events: ClientEmitter = new ClientEmitter();
  readonly #contract: CompiledContract;
  readonly #setup: ClientSetup;
  readonly #service = new OfferedService();
  readonly #keys: KeySequence;
  readonly #room: WaitingRoom;
  readonly #subscriptions: Subscriptions;
  readonly #reconnector: Reconnector;
  readonly #calls: Calls;

  constructor(contract: CompiledContract, addresses: AddressList, setup: ClientSetup) {
    this.#contract = contract;
    this.#setup = setup;
    this.#keys = new KeySequence(setup.instance);
    this.#room = new WaitingRoom(setup.clock, setup.maxWaiting);
    this.#subscriptions = new Subscriptions(contract, setup, this.events);
    this.#reconnector = new Reconnector(setup, addresses, this.events, {
      service: this.#service,
      linked: (link) => {
        this.#subscriptions.restore(link);
        this.#room.open(link);
      },
      unlinked: (why) => {
        this.#subscriptions.lose();
        this.#room.shut(why);
      },
      closed: (why) => {
        this.#subscriptions.lose();
        this.#room.lock(why);
      },
      notified: (link, event, payload) => this.#subscriptions.deliver(event, payload, link),
    });
    this.#calls = new Calls(setup, this.#reconnector, this.#room, this.events);
    if (!setup.lazy) this.#reconnector.start();
  }

  /** Where it stands. */
  get state(): ClientState {
    return this.#reconnector.state;
  }

  /** Resolves once there is a connection. @throws as a rejection: TimeoutError, ParleyError `aborted`; what ended the client. */
  async connected(options: WaitOptions = noOptions): Promise<void> {
    const { timeoutMs = this.#setup.timeoutMs, signal } = options;
    checkIntegerOrInfinity("timeoutMs", timeoutMs, 1);
    await this.#calls.whenLinked({ timeoutMs, signal }).link;
  }

  /**
   * Resolves with the method's result. A call that was not sent yet waits for a connection. One that was sent is sent again, up to
   * `maxAttempts` times in all and within its deadline, if it was answered as unavailable; or if the connection was lost, and either the method
   * is idempotent or the call has a key.
   * @throws as a rejection: TimeoutError, ConnectionLostError, UnavailableError, RpcError, MismatchError, ClosedError, ParleyError `aborted`,
   * `bad-option`, or what the codec says of the message.
   */
  call<M extends CallableName<S>>(
    method: M,
    ...rest: CallArguments<S["methods"][M], ClientCallOptions>
  ): Promise<S["methods"][M]["result"]["taken"]> {
    try {
      const [params, options = noOptions] = rest as [unknown, ClientCallOptions?];
      const compiledMethod = this.#method(method, "call");
      const request = this.#request(compiledMethod, params, options, this.#setup.timeoutMs);
      return this.#calls.make(request) as Promise<S["methods"][M]["result"]["taken"]>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Begins a call whose output is a stream; unless told otherwise it has no deadline. It is never begun twice: if the connection is lost, the
   * iteration throws. What `call` rejects with, the iteration throws.
   * @throws ParleyError `bad-option`; MismatchError.
   */
  stream<M extends StreamableName<S>>(
    method: M,
    ...rest: CallArguments<S["methods"][M], ClientCallOptions>
  ): ResultStream<
    S["methods"][M]["output"] extends { readonly taken: infer Item } ? Item : unknown,
    S["methods"][M]["result"]["taken"]
  > {
    const [params, options = noOptions] = rest as [unknown, ClientCallOptions?];
    const compiledMethod = this.#method(method, "stream");
    const request = this.#request(compiledMethod, params, options, Number.POSITIVE_INFINITY);
    const { link } = this.#reconnector;
    const output: ResultStream<unknown, unknown> =
      link === null ? this.#streamLater(request) : link.session.stream(request);
    return output as ResultStream<never, never>;
  }

  /**
   * Sends a notification. If there is no connection it is sent when there is one; if that takes longer than the client's `timeoutMs`, or it
   * cannot be sent then, it is dropped, which `notification-dropped` tells. False: the connection asks for a pause.
   * @throws ParleyError `bad-option`; MismatchError; ClosedError; what the codec says of the message.
   */
  notify<N extends NotificationName<S>>(
    name: N,
    ...[payload]: undefined extends S["notifications"][N]["given"]
      ? [payload?: S["notifications"][N]["given"]]
      : [payload: S["notifications"][N]["given"]]
  ): boolean {
    const check = this.#contract.notifications.get(name);
    if (check === undefined) throw this.#unknown("notification", name);
    const { link } = this.#reconnector;
    if (link !== null) return link.session.notify(name, check, payload);
    if (this.state === "closed") throw closedHere();
    const { timeoutMs } = this.#setup;
    const dropped = (error: unknown): void => this.events.tell("notification-dropped", { name, error });
    this.#calls
      .whenLinked({ timeoutMs })
      .link.then(({ session }) => void session.notify(name, check, payload))
      .catch(dropped);
    return true;
  }

  /**
   * Has `listener` called with each `event`; what is returned ends that. The server is asked for the event while anybody listens, on every
   * connection anew; events between two connections are lost. `subscription-failed` tells if it refuses.
   * @throws ParleyError `bad-option` if the contract has no such event.
   */
  on<E extends EventName<S>>(event: E, listener: (payload: S["events"][E]["taken"]) => void): () => void {
    if (!this.#contract.events.has(event)) throw this.#unknown("event", event);
    this.#reconnector.start();
    return this.#subscriptions.add(event, listener);
  }

  /**
   * Lets the server call what `contract` says, on the connection there is as on all later ones. Implementations find the connection as
   * `context.connection`.
   * @throws ParleyError `bad-option` as `service`, and for a name that is implemented already.
   */
  implement<T extends Signature>(
    contract: Contract<T>,
    implementation: Implementation<T, Connection<unknown>>,
  ): void {
    this.#service.add(service(contract, implementation));
  }

  /** Resolves with the server's OpenRPC document. @throws as `call`. */
  discover(options: WaitOptions = noOptions): Promise<unknown> {
    const { timeoutMs = this.#setup.timeoutMs, signal } = options;
    checkIntegerOrInfinity("timeoutMs", timeoutMs, 1);
    const { discover } = protocolMethods;
    return this.#calls.make(
      new ClientCall(this.#calls, discover, undefined, timeoutMs, { signal }, undefined),
    );
  }

  /** Ends the connection gracefully; whatever is pending or waits rejects at once. Resolves when it is gone, and never rejects. */
  close(): Promise<void> {
    return this.#reconnector.close(closedHere());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #streamLater(request: ClientCall): WaitingStream {
    const { timeoutMs, signal } = request;
    const deadline = this.#setup.clock.now() + timeoutMs;
    const waiting = this.#calls.whenLinked({ timeoutMs, signal });
    return new WaitingStream(this.#room, waiting, ({ session }) =>
      session.stream(request.within(deadline - this.#setup.clock.now())),
    );
  }

  #request(
    method: CompiledMethod,
    params: unknown,
    options: ClientCallOptions,
    defaultTimeoutMs: number,
  ): ClientCall {
    const { timeoutMs = defaultTimeoutMs, input } = options;
    checkIntegerOrInfinity("timeoutMs", timeoutMs, 1);
    if (method.input !== null && input === undefined) {
      throw new ParleyError(
        "bad-option",
        `${method.name} takes a stream; give its items as the option input.`,
      );
    }
    const key = this.#keys.keyFor(options.key);
    return new ClientCall(this.#calls, method, params, timeoutMs, options, key);
  }

  #method(name: string, wanted: "call" | "stream"): CompiledMethod {
    const method = this.#contract.methods.get(name);
    if (method === undefined) throw this.#unknown("method", name);
    const has = method.output === null ? "call" : "stream";
    if (has === wanted) return method;
    const what = has === "call" ? "one result" : "a stream";
    throw new ParleyError("bad-option", `${name} answers with ${what}; use ${has}(), not ${wanted}().`);
  }

  #unknown(kind: string, name: string): ParleyError {
    return new ParleyError(
      "bad-option",
      `The contract ${this.#contract.name} has no ${kind} ${name}; see that both sides have the same version of it.`,
    );
  }
}

function closedHere(): ClosedError {
  return new ClosedError({ by: "local", kind: "ended" });
}
