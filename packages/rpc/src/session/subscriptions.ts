import { rpcCodes } from "../codes.ts";
import { isObject, type Outcome } from "../engine/wire.ts";

/** Which events the other side wants to have. */
export class Subscriptions {
  readonly #known: { has(event: string): boolean };
  readonly #wanted = new Set<string>();

  /** @param known the events there are. */
  constructor(known: { has(event: string): boolean }) {
    this.#known = known;
  }

  has(event: string): boolean {
    return this.#wanted.has(event);
  }

  /** `params` of `$/subscribe`: `{ events }`. All of them or none. */
  subscribe(params: unknown): Outcome {
    return this.#change(params, (event) => this.#wanted.add(event));
  }

  unsubscribe(params: unknown): Outcome {
    return this.#change(params, (event) => this.#wanted.delete(event));
  }

  #change(params: unknown, change: (event: string) => unknown): Outcome {
    const events = eventsOf(params);
    if (!Array.isArray(events)) return wrong("/events", "an array of names of events", typeof events);
    for (const [index, event] of events.entries()) {
      if (typeof event !== "string" || !this.#known.has(event))
        return wrong(`/events/${index}`, "the name of an event", "another");
    }
    for (const event of events) change(event as string);
    return { result: null };
  }
}

/** By name; or by position, since some libraries send nothing but arrays, into which they put an object too. */
function eventsOf(params: unknown): unknown {
  const [only] = Array.isArray(params) ? params : [params];
  return isObject(only) ? only["events"] : only;
}

function wrong(path: string, expected: string, actual: string): Outcome {
  const message = `The parameters are wrong: ${path} must be ${expected}.`;
  return { error: { code: rpcCodes.invalidParams, message, data: [{ path, expected, actual }] } };
}
