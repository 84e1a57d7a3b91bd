import { EventEmitter } from "eventemitter3";

/** What every catalogue of events has, beside its own: a subscriber of it threw. */
export interface SubscriberErrors {
  "subscriber-error": [event: { readonly event: string; readonly error: unknown }];
}

/** A catalogue: each event with its payload. */
type Catalogue<Events> = SubscriberErrors & { [E in keyof Events]: [event: object] };

/** Emits a catalogue; what a subscriber throws ends up in `subscriber-error`, not in whoever tells. */
export class GuardedEmitter<Events extends Catalogue<Events>> extends EventEmitter<Events> {
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
