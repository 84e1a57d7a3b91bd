import type { Handler } from "@parley/core";

/** Wraps a handler into one that does something before or after it. Called once, when the two are put together. */
export type Middleware<In, Out = In, Data = unknown> = (
  next: Handler<In, Out, Data>,
) => Handler<In, Out, Data>;

/** A {@link Middleware} for handlers of any messages. */
export type CommonMiddleware = <In, Out, Data>(next: Handler<In, Out, Data>) => Handler<In, Out, Data>;
