import { type Handler, ParleyError } from "@parley/core";
import type { Middleware } from "./middleware.ts";

/**
 * Puts middleware around a handler, here and once: on the way of a message there are calls, and nothing else. The first in
 * the list is the outermost: it sees a connection and each message first, and may keep them from those behind it.
 *
 *     createServer({
 *       codec: textLines(),
 *       handler: pipe(echo(), allowFrom(["10.0.0.0/8"]), authenticate({ token }), rateLimit({ messagesPerSecond: 100 })),
 *     });
 *
 * A handler of one function takes its messages itself, so nothing can stand before it: write it as callbacks.
 * @throws ParleyError `bad-option` for a function, or for a middleware that does not return a handler.
 */
export function pipe<In, Out = In, Data = unknown>(
  handler: Handler<In, Out, Data>,
  ...middleware: readonly Middleware<NoInfer<In>, NoInfer<Out>, NoInfer<Data>>[]
): Handler<In, Out, Data> {
  if (typeof handler === "function") {
    throw new ParleyError(
      "bad-option",
      "pipe() was given a function that iterates over its connection, which middleware cannot stand before; give it an object with a message callback.",
    );
  }
  checkHandler("the handler", handler);
  return middleware.reduceRight<Handler<In, Out, Data>>((next, wrapIt, index) => {
    const what = `middleware ${index + 1}`;
    if (typeof wrapIt !== "function") {
      throw new ParleyError(
        "bad-option",
        `pipe(): ${what} is no function; call its factory, for example rateLimit({ … }).`,
      );
    }
    return checkHandler(`what ${what} has returned`, wrapIt(next));
  }, handler);
}

function checkHandler<T extends { readonly message?: unknown }>(what: string, handler: T): T {
  if (typeof (handler as T | undefined)?.message === "function") return handler;
  throw new ParleyError(
    "bad-option",
    `pipe(): ${what} is no handler; it needs a message callback, see wrap().`,
  );
}
