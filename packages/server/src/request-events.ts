import type { Clock, Connection, Handler } from "@parley/core";
import { OncePerTurn } from "./middleware/once-per-turn.ts";
import { wrap } from "./middleware/wrap.ts";
import type { ServerEmitter } from "./server-events.ts";

/**
 * `handler`, each of whose messages is told as a request: its begin, its end, and the time between. Whether anybody hears of it is
 * asked once a turn: to tell nobody would cost several times what it does to echo (`echo-pipelined`, observed).
 */
export function withRequestEvents<In, Out, Data>(
  handler: Handler<In, Out, Data>,
  events: ServerEmitter,
  clock: Clock,
): Handler<In, Out, Data> {
  const heard = new OncePerTurn(
    clock,
    () => events.isHeard("request-begun") || events.isHeard("request-ended"),
  );
  const told = (message: In, connection: Connection<In, Out, Data>): void | PromiseLike<void> => {
    const request = `${connection.id}.${connection.counters.messagesIn}`;
    events.tell("request-begun", { connection, request });
    const begunAt = clock.now();
    const end = (): void =>
      events.tell("request-ended", { connection, request, durationMs: clock.now() - begunAt });
    const fail = (error: unknown): never => {
      events.tell("request-ended", { connection, request, durationMs: clock.now() - begunAt, error });
      throw error;
    };
    let result: void | PromiseLike<void>;
    try {
      result = handler.message(message, connection);
    } catch (error) {
      return fail(error);
    }
    return typeof result?.then === "function" ? result.then(end, fail) : end();
  };
  return wrap(handler, {
    message: (message, connection) =>
      heard.value ? told(message, connection) : handler.message(message, connection),
  });
}
