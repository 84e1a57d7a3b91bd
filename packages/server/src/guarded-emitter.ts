import { EventEmitter } from "eventemitter3";

/** What every catalogue of events has, beside its own: a subscriber of it threw. */
export interface SubscriberErrors {
  "subscriber-error": [event: { readonly event: string; readonly error: unknown }];
}

/** A catalogue: each event with its payload. */
type Catalogue<Events> = SubscriberErrors & { [E in keyof Events]: [event: object] };

/** Emits a catalogue; what a subscriber throws ends up in `subscriber-error`, not in whoever tells. */
export class GuardedEmitter<Events extends Catalogue<Events>> extends EventEmitter<Events> {
  readonly #wants = new WeakMap<object, () => boolean>();

  /** Subscribes to an event that is costly to tell, and need not be told for this subscriber's sake unless `wants` says so. */
  onWhile<E extends keyof Events & string>(
    event: E,
    wants: () => boolean,
    subscriber: (event: Events[E][0]) => void,
  ): void {
    this.#wants.set(subscriber, wants);
    (this as unknown as EventEmitter).on(event, subscriber);
  }

  /** Whether there is any subscriber for whose sake `event` is to be told. */
  isHeard(event: keyof Events & string): boolean {
    return (this as unknown as EventEmitter)
      .listeners(event)
      .some((subscriber) => this.#wants.get(subscriber)?.() ?? true);
  }

  /** Emits `event`; whoever throws keeps only the subscribers behind it from hearing of it. */
  tell<E extends keyof Events & string>(event: E, payload: Events[E][0]): void {
    try {
      // The library's types do not resolve for an event that is itself a type parameter.
      (this as unknown as EventEmitter).emit(event, payload);
    } catch (error) {
      if (event !== "subscriber-error") this.tell("subscriber-error", { event, error });
    }
  }
}
