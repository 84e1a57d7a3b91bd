import fc from "fast-check";
import { Request, Result } from "../src/engine/wire.ts";

const ids = fc.oneof(
  fc.nat(),
  fc.nat({ max: 20 }),
  fc.constantFrom<unknown>(2 ** 31, 2 ** 53, 1.5, -1, "a", "", null),
);
const values = fc.oneof(fc.jsonValue(), fc.nat(), fc.constantFrom<unknown>(-0, 2 ** 31, 1e300, { meta: {} }));
const plainMember = fc.oneof(
  fc.nat(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer().map((n) => n / 1000),
);
const params = fc.oneof(
  fc.dictionary(fc.string(), plainMember),
  fc.dictionary(fc.constantFrom("a", "b", "c", "ab", "__proto__", "toJSON", "1"), plainMember),
  fc.dictionary(fc.string(), values),
  fc.array(values),
  fc.constant(undefined),
);
const metas = fc.oneof(
  fc.constant(undefined),
  fc.record({ timeoutMs: fc.nat() }),
  fc.record(
    {
      timeoutMs: fc.oneof(fc.nat(), fc.constant(2 ** 40)),
      key: fc.string(),
      credit: fc.nat(),
      traceparent: fc.string(),
    },
    { requiredKeys: [] },
  ),
);
const methods = fc.oneof(fc.string(), fc.constantFrom("add", "rpc.discover", "$/ping", "é", '"'));
/** Requests as an engine makes them. */
export const requests: fc.Arbitrary<Request> = fc
  .tuple(fc.nat(), methods, params, metas)
  .map(([id, method, given, meta]) => new Request(id, method, given, meta));
/** Answers as an engine makes them. */
export const results: fc.Arbitrary<Result> = fc
  .tuple(ids, values)
  .map(([id, result]) => new Result(id as number, result));
/** Messages, and what has some members of one. */
export const wireMessages: fc.Arbitrary<unknown> = fc.oneof(
  requests,
  results,
  fc.record(
    {
      jsonrpc: fc.constant("2.0"),
      id: ids,
      method: methods,
      params,
      result: values,
      meta: metas,
      extra: values,
    },
    { requiredKeys: ["jsonrpc"] },
  ),
);
