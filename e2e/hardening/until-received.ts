import { setImmediate } from "node:timers/promises";
import type { Server } from "@parley/server";

/** Resolves once the server's connections that exist have received so many bytes, all together. */
export async function untilReceived<T>(server: Server<T>, bytes: number): Promise<void> {
  const received = (): number => {
    let sum = 0;
    for (const { counters } of server.connections()) sum += counters.bytesIn;
    return sum;
  };
  while (received() < bytes) await setImmediate();
}
