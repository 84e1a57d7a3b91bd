import type { ListenerSpan } from "./listener-span.ts";
import type { ListenersState } from "./listeners.ts";
import type { ServerCounters } from "./reception.ts";
import type { ServerSetup } from "./server-options.ts";

/** A server as it is at one moment, as plain data. */
export interface ServerInfo {
  readonly state: ListenersState | "closed";
  readonly listeners: readonly Readonly<ListenerSpan>[];
  readonly counters: ServerCounters;
  /** The limits in force; Infinity for none. */
  readonly limits: {
    readonly concurrency: number;
    readonly backlog: number;
    readonly maxConnections: number;
    readonly maxConnectionsPerAddress: number;
    readonly descriptorReserve: number;
  };
}

export function serverInfo(
  state: ServerInfo["state"],
  {
    concurrency,
    backlog,
    occupancy,
  }: Pick<ServerSetup<unknown, unknown, unknown>, "concurrency" | "backlog" | "occupancy">,
  spans: readonly ListenerSpan[],
  counters: ServerCounters,
): ServerInfo {
  const { maxConnections, maxConnectionsPerAddress, descriptorReserve } = occupancy;
  return {
    state,
    listeners: spans.map((span) => ({ ...span })),
    counters,
    limits: { concurrency, backlog, maxConnections, maxConnectionsPerAddress, descriptorReserve },
  };
}
