import { createClient } from "@parley/client";
import { jsonLines } from "@parley/core";
import { calculator, calls, servedCalculator } from "../served-calls.mjs";
import { SteppedClock, SteppedStream } from "../stepped.mjs";

export default {
  about: "a client makes calls in JSON, and a connection serves them, validated at both ends",
  messages: calls,
  async prepare() {
    const clock = new SteppedClock();
    const stream = new SteppedStream();
    const client = createClient(calculator, async () => stream, { codec: jsonLines(), clock });
    await client.connected();
    const { feed, taken } = await servedCalculator(jsonLines());
    return async () => {
      const sums = Array.from({ length: calls }, (_, a) => client.call("add", { a, b: 1 }));
      clock.turn();
      feed(Buffer.from(stream.last));
      stream.sink.received(taken());
      clock.turn();
      for (const [a, sum] of (await Promise.all(sums)).entries()) {
        if (sum !== a + 1) throw new Error("a wrong sum");
      }
    };
  },
};
