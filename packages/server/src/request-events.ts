import type { Clock, Connection, Handler } from "@parley/core";
import { wrap } from "./middleware/wrap.ts";
import type { ServerEmitter } from "./server-events.ts";

/** `handler`, each of whose messages is told as a request: its begin, its end, and the time between. */
export function withRequestEvents<In, Out, Data>(
  handler: Handler<In, Out, Data>,
  events: ServerEmitter,
  clock: Clock,
): Handler<In, Out, Data> {
  return wrap(handler, {
    message(message, connection) {
      const request = `${connection.id}.${connection.counters.messagesIn}`;
      events.tell("request-begun", { connection, request });
      const begunAt = clock.now();
      const end = (failure?: { readonly error: unknown }): void =>
        events.tell("request-ended", {
          connection: connection as Connection<unknown>,
          request,
          durationMs: clock.now() - begunAt,
          ...failure,
        });
      try {
        const result = handler.message(message, connection);
        if (typeof result?.then !== "function") return end();
        return result.then(
          () => end(),
          (error: unknown) => {
            end({ error });
            throw error;
          },
        );
      } catch (error) {
        end({ error });
        throw error;
      }
    },
  });
}
