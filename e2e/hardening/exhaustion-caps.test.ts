import { expect, it } from "vitest";
import { besideAProbe } from "./beside-a-probe.ts";
import { type RawClient, rawClient } from "./raw-client.ts";
import { request, type TallyServer, tallyClient, tallyServer } from "./tally-service.ts";

type Answer = Record<string, unknown>;

const overloaded = { error: { code: -32001, data: { retryAfterMs: expect.any(Number) } } };

/** What has come so far with an id, but for what streams brought. */
const answers = (client: RawClient): Answer[] =>
  client.messages.flat().filter((message) => !("method" in (message as Answer))) as Answer[];

const untilAnswered = (client: RawClient, count: number): Promise<RawClient> =>
  client.until(() => answers(client).length >= count);

/** Has `act` try a server with the default limits, beside a probe; all that waits is released at the end. */
async function trying(
  act: (client: RawClient, tally: TallyServer) => Promise<unknown>,
  tally = tallyServer(),
) {
  await besideAProbe(tally.server, tallyClient, async (url) => {
    const client = await rawClient(url);
    await act(client, tally);
    tally.release();
    await client.reset().gone;
  });
}

const batch = (...requests: string[]): string => `[${requests.map((each) => each.trim()).join(",")}]\n`;
const many = (count: number, make: (id: number) => string): string[] =>
  Array.from({ length: count }, (_, id) => make(id));

it("of 300 requests at once 256 are worked on, and 44 told to come again; an answer makes room", () =>
  trying(async (client, { release }) => {
    client.send(...many(300, (id) => request(id, "wait")));
    await untilAnswered(client, 44);
    expect(answers(client)).toMatchObject(
      many(44, () => "").map((_, at) => ({ id: 256 + at, ...overloaded })),
    );
    release();
    await untilAnswered(client, 300);
    client.send(request(300, "count"));
    await untilAnswered(client, 301);
    // Nothing of the 44 was begun.
    expect(answers(client).at(-1)).toEqual({ jsonrpc: "2.0", id: 300, result: 1 });
  }));

it("a batch counts by its requests: of two with 256 and 10, the second is answered as overloaded, in one", () =>
  trying(async (client) => {
    client.send(
      batch(...many(256, (id) => request(id, "wait"))),
      batch(...many(10, (id) => request(`b${id}`, "count"))),
    );
    await untilAnswered(client, 10);
    expect(client.messages).toHaveLength(1);
    expect(answers(client)).toMatchObject(
      many(10, () => "").map((_, at) => ({ id: `b${at}`, ...overloaded })),
    );
  }));

it("a batch of more than 256 is refused as a whole, by one error, and nothing of it is done", () =>
  trying(async (client) => {
    client.send(batch(...many(257, (id) => request(id, "count"))), request("after", "count"));
    await untilAnswered(client, 2);
    expect(answers(client)).toMatchObject([
      {
        id: null,
        error: { code: -32600, message: expect.stringContaining("257 messages, 256 are allowed") },
      },
      { id: "after", result: 1 },
    ]);
  }));

it("a batch within a batch is none", () =>
  trying(async (client) => {
    const inner = batch(...many(20, (id) => request(id, "count")));
    client.send(batch(...many(256, () => inner)), request("after", "count"));
    await untilAnswered(client, 257);
    expect(answers(client).slice(0, 256)).toMatchObject(
      Array(256).fill({ id: null, error: { code: -32600 } }),
    );
    expect(answers(client).at(-1)).toMatchObject({ id: "after", result: 1 });
  }));

it("streams are no part of batches: a batch of 256 of them makes not one item", () =>
  trying(async (client, { made }) => {
    client.send(
      batch(
        ...many(256, (id) => request(id, id % 2 ? "sum" : "countdown", id % 2 ? undefined : { from: 1e9 })),
      ),
    );
    await untilAnswered(client, 256);
    expect(answers(client)).toMatchObject(Array(256).fill({ error: { code: -32600 } }));
    expect(made()).toBe(0);
  }));

it("256 streams for who gives no credit make one item each, and the 257th is told to come again", () =>
  trying(async (client, { made }) => {
    client.send(...many(257, (id) => request(id, "countdown", { from: 1e9 }, { credit: 0 })));
    await untilAnswered(client, 1);
    expect(answers(client)).toMatchObject([{ id: 256, ...overloaded }]);
    expect(made()).toBeLessThanOrEqual(256);
  }));

it("a stream for who does not know of credit is one answer of 1,000 items, or an error, and its generator is stopped", () =>
  trying(async (client, { made }) => {
    client.send(...many(10, (id) => request(id, "countdown", { from: 1e9 })));
    await untilAnswered(client, 10);
    expect(answers(client)).toMatchObject(Array(10).fill({ error: { code: -32006 } }));
    expect(made()).toBeLessThanOrEqual(10 * 1_001);
  }));

it("of an input that nobody reads 64 items are kept, and one more ends its call", () =>
  trying(async (client) => {
    client.send(request(1, "sum"), request(2, "wait"));
    const item = (id: number): string => request(undefined, "$/input", { id, item: 1 });
    client.send(...many(64, () => item(1)));
    client.send(request(3, "count"));
    await untilAnswered(client, 1);
    expect(answers(client)).toMatchObject([{ id: 3, result: 1 }]);
    client.send(item(1), ...many(1_000, () => item(1)), request(4, "count"));
    await untilAnswered(client, 3);
    expect(answers(client).slice(1)).toMatchObject([
      { id: 1, error: { code: -32006 } },
      { id: 4, result: 2 },
    ]);
  }));

it("who subscribes is told of an event once, however often it subscribes", () =>
  trying(async (client, { server }) => {
    const ticks = (): Answer[] => client.messages.filter(({ method }) => method === "tick");
    const events = Array(10_000).fill("tick");
    client.send(...many(20, (id) => request(id, "$/subscribe", { events })));
    client.send(request(20, "$/subscribe", { events: [...events, "tock"] }));
    await untilAnswered(client, 21);
    expect(answers(client)[20]).toMatchObject({ id: 20, error: { code: -32602 } });
    server.emit("tick", { at: 1 });
    client.send(request(21, "count"));
    await untilAnswered(client, 22);
    expect(ticks()).toMatchObject([{ params: { at: 1 } }]);
  }));

it("10,000 keys are remembered, and a call with one more is not begun", () =>
  trying(async (client) => {
    client.send(...many(10_005, (id) => request(id, "count", undefined, { key: `key ${id}` })));
    client.send(request("plain", "count"), request("again", "count", undefined, { key: "key 7" }));
    await client.until(({ received }) => received.subarray(-100).includes('"again"'));
    const all = answers(client);
    expect(all.slice(9_999, 10_005)).toMatchObject([
      { id: 9_999, result: 10_000 },
      ...Array(5).fill({ error: { code: -32007 } }),
    ]);
    expect(all.slice(10_005)).toMatchObject([
      { id: "plain", result: 10_001 },
      { id: "again", result: 8 },
    ]);
  }));

it("one principal's keys leave room for another's", () =>
  trying(
    async (client, { server }) => {
      client.send(...many(12, (id) => request(id, "count", undefined, { key: `key ${id}` })));
      await untilAnswered(client, 12);
      const results = answers(client).map((answer) =>
        "result" in answer ? "done" : (answer["error"] as Answer)["code"],
      );
      expect(results).toEqual([...Array(10).fill("done"), -32007, -32007]);
      const other = await rawClient([...server.info().listeners][0]?.address as string);
      other.send(request(1, "count", undefined, { key: "key 11" }));
      await untilAnswered(other, 1);
      expect(answers(other)).toMatchObject([{ result: 11 }]);
      await other.reset().gone;
    },
    tallyServer({ maxKeysPerPrincipal: 10, principal: ({ id }) => id }),
  ));
