import fc from "fast-check";
import { words } from "../src/engine/wire.ts";

/** What the other side's engine would not send now: of calls and requests that there are, and requests of its own. */
export function forgedMessage(): fc.Arbitrary<unknown> {
  const id = fc.constantFrom<unknown>(1, 2, 3, "forged", "forged too");
  const method = fc.constantFrom<string>(...Object.values(words));
  const params = fc.record({ id, item: fc.nat(), items: fc.nat({ max: 2 }) });
  const word = fc.record({ jsonrpc: fc.constant("2.0"), method, params });
  const forged = fc.constantFrom("forged", "forged too");
  const request = fc.record({ jsonrpc: fc.constant("2.0"), id: forged, method: fc.constant("work") });
  return fc.oneof(word, request);
}

/** Any JSON value, and what looks like a message; its answers are to calls that nobody has made. */
export function anyMessage(maxBatch: number): fc.Arbitrary<unknown> {
  const method = fc.constantFrom("work", "missing", "__proto__", "$/other", ...Object.values(words));
  const noCallsIds: readonly unknown[] = [0, "", "x", null, 2.5, -1, "__proto__", {}, true];
  const ids = fc.constantFrom<unknown>(1, 2, ...noCallsIds);
  const params = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        id: ids,
        item: fc.jsonValue(),
        items: fc.constantFrom<unknown>(1, 0, -1, 1.5, "1", 1e300),
        events: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
  );
  const meta = fc.record(
    {
      timeoutMs: fc.constantFrom<unknown>(5, 0, -1, "5", 1e300, null),
      credit: fc.constantFrom<unknown>(0, 1, -1, 2.5, "1"),
      key: fc.jsonValue(),
      traceparent: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const request = fc.record(
    {
      jsonrpc: fc.constantFrom<unknown>("2.0", "1.0", 2, null),
      // Not that of a call: the answer would be taken for that call's.
      id: fc.constantFrom(...noCallsIds),
      method: fc.oneof(method, fc.jsonValue()),
      params,
      meta: fc.oneof(meta, fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const answer = fc.record(
    {
      jsonrpc: fc.constant("2.0"),
      id: fc.constantFrom<unknown>("1", -1, 0, 1e9, null, {}, "__proto__", [1]),
      result: fc.jsonValue(),
      error: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const one = fc.oneof(request, answer, fc.jsonValue());
  return fc.oneof(one, fc.array(one, { maxLength: maxBatch + 1 }));
}
