import type { Handler } from "@parley/core";

/**
 * `next` with some of its callbacks replaced, to write a middleware with; the others stay `next`'s. One that replaces a
 * callback decides whether `next`'s is called, and returns what that returns, so that a promise still holds back the next message.
 * `ended` is to be given only where `next.ended` stands: with it a handler ends the connection itself.
 *
 *     const countMessages: CommonMiddleware = (next) => {
 *       const counts = new WeakMap<object, number>();        // per connection; `connection.data` is the handler's own
 *       return wrap(next, {
 *         message(message, connection) {
 *           counts.set(connection, (counts.get(connection) ?? 0) + 1);
 *           return next.message(message, connection);
 *         },
 *       });
 *     };
 */
export function wrap<In, Out, Data>(
  next: Handler<In, Out, Data>,
  own: Partial<Handler<In, Out, Data>>,
): Handler<In, Out, Data> {
  const wrapped: Handler<In, Out, Data> = { message: own.message ?? next.message.bind(next) };
  const open = own.open ?? next.open?.bind(next);
  if (open !== undefined) wrapped.open = open;
  const skipped = own.skipped ?? next.skipped?.bind(next);
  if (skipped !== undefined) wrapped.skipped = skipped;
  const ended = own.ended ?? next.ended?.bind(next);
  if (ended !== undefined) wrapped.ended = ended;
  const drain = own.drain ?? next.drain?.bind(next);
  if (drain !== undefined) wrapped.drain = drain;
  const closing = own.closing ?? next.closing?.bind(next);
  if (closing !== undefined) wrapped.closing = closing;
  const closed = own.closed ?? next.closed?.bind(next);
  if (closed !== undefined) wrapped.closed = closed;
  return wrapped;
}
