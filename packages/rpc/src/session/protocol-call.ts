import { IncomingCall, type IncomingParts } from "../engine/incoming-call.ts";
import type { IncomingCalls } from "../engine/incoming-calls.ts";
import type { Outcome } from "../engine/wire.ts";

/** A request of the protocol's own, which is answered at once. */
export class ProtocolCall extends IncomingCall {
  readonly #incoming: IncomingCalls;
  readonly #outcome: Outcome;

  constructor(incoming: IncomingCalls, parts: IncomingParts, outcome: Outcome) {
    super(parts);
    this.#incoming = incoming;
    this.#outcome = outcome;
  }

  start(): void {
    this.#incoming.finish(this, this.#outcome);
  }

  stop(): void {}
}
