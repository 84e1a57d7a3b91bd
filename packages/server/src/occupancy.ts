import type { CloseReason } from "@parley/core";
import { addressKey } from "./address-key.ts";

/** The limits on how many connections exist, beside those of admission. */
export interface OccupancyLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** The number from which on a descriptor belongs to the reserve. */
  readonly firstReservedDescriptor: number;
  readonly descriptorReserve: number;
}

/** What is asked of a connection that is to be counted. */
export interface Occupant {
  readonly remoteAddress: string;
  readonly descriptor: number | undefined;
  /** Whether it is one remote address of many at one socket. */
  readonly takesDatagrams?: boolean;
}

/** Counts the connections that exist, in all and per address, and says whether there may be one more. */
export class Occupancy {
  readonly #limits: OccupancyLimits;
  readonly #perAddress = new Map<string, number>();
  #existing = 0;

  constructor(limits: OccupancyLimits) {
    this.#limits = limits;
  }

  /**
   * Counts one that has come; answers why it may not stay, if so. Followed by `leave` in any case. Those that take datagrams are counted by
   * their listener: whoever forges addresses has as many as they like, and is not to keep out who is really there.
   */
  enter(newcomer: Occupant): CloseReason | null {
    const { maxConnections } = this.#limits;
    if (newcomer.takesDatagrams === true) return this.#enterFrom(newcomer);
    this.#existing += 1;
    const reserved = this.reserved(newcomer.descriptor);
    if (reserved !== null) return reserved;
    if (this.#existing > maxConnections)
      return { by: "local", kind: "connection-limit", limit: maxConnections };
    return this.#enterFrom(newcomer);
  }

  /** Why nothing may have that descriptor, if so. */
  reserved(descriptor: number | undefined): CloseReason | null {
    const { firstReservedDescriptor, descriptorReserve } = this.#limits;
    // The system gives out the lowest number that is free: a high one tells how many are taken, by whatever it may be.
    return descriptor !== undefined && descriptor >= firstReservedDescriptor
      ? { by: "local", kind: "descriptor-limit", reserve: descriptorReserve }
      : null;
  }

  leave(leaver: Occupant): void {
    if (leaver.takesDatagrams !== true) this.#existing -= 1;
  }

  /** One that may have stayed is neither served nor waiting any more. */
  leaveAddress(leaver: Occupant): void {
    const key = this.#keyOf(leaver);
    if (key === undefined) return;
    const count = this.#perAddress.get(key) ?? 0;
    if (count > 1) this.#perAddress.set(key, count - 1);
    else this.#perAddress.delete(key);
  }

  #enterFrom(newcomer: Occupant): CloseReason | null {
    const key = this.#keyOf(newcomer);
    if (key === undefined) return null;
    const { maxConnectionsPerAddress: limit } = this.#limits;
    const count = this.#perAddress.get(key) ?? 0;
    if (count >= limit) return { by: "local", kind: "address-limit", limit };
    this.#perAddress.set(key, count + 1);
    return null;
  }

  /** Looks at the address only if it is limited: to make a URL of it costs as much as the rest. */
  #keyOf(occupant: Occupant): string | undefined {
    const isLimited = this.#limits.maxConnectionsPerAddress < Number.POSITIVE_INFINITY;
    return isLimited ? addressKey(occupant.remoteAddress) : undefined;
  }
}
