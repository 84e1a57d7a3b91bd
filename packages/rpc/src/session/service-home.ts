import type { Clock } from "@parley/core";
import type { IncomingCalls } from "../engine/incoming-calls.ts";
import type { KeyMemory } from "../engine/key-memory.ts";
import type { ErrorObject } from "../engine/wire.ts";
import type { MessageChannel } from "./message-channel.ts";
import type { WorkInHand } from "./work-in-hand.ts";

/** What all calls that a session serves share. */
export interface ServiceHome {
  readonly incoming: IncomingCalls;
  readonly channel: MessageChannel;
  readonly work: WorkInHand;
  readonly clock: Clock;
  readonly connection: unknown;
  readonly keys: KeyMemory | undefined;
  readonly principal: string;
  readonly streamWindow: number;
  readonly maxCollected: number;
  /** Tells the log of what an implementation threw; returns what the caller is told in its place. */
  conceal(method: string, error: unknown): ErrorObject;
}
