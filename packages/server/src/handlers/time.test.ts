import { bytes, codec, raw, textLines } from "@parley/core";
import { createMemoryNetwork, manualClock, recordStream } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { stage } from "../../test/stage.ts";
import { createServer } from "../server.ts";
import { daytime, time } from "./time.ts";

describe("time and daytime", () => {
  it.each([
    [Date.UTC(1970, 0, 1), 2_208_988_800],
    [Date.UTC(1976, 0, 1), 2_398_291_200],
    [Date.UTC(1980, 0, 1) + 999, 2_524_521_600],
    [Date.UTC(1983, 4, 1), 2_629_584_000],
    [Date.UTC(2036, 1, 7, 6, 28, 15), 2 ** 32 - 1],
    [Date.UTC(2036, 1, 7, 6, 28, 16), 0],
  ])("tell %d as RFC 868 does, and close", async (now, told) => {
    const network = createMemoryNetwork();
    const server = createServer({
      codec: codec(raw(), bytes()),
      handler: time({ now: () => now }),
      clock: manualClock(),
    });
    await server.listen(network.listener("time"));
    const caller = await recordStream(await network.dial("time")()).untilEnded();
    expect(Buffer.from(caller.bytes).toString("hex")).toBe(told.toString(16).padStart(8, "0"));
    caller.stream.end();
    await server.close();
  });

  it("tell it for people, and close", async () => {
    const now = (): number => Date.UTC(2026, 1, 3, 4, 5, 6);
    const { dial } = await stage({ handler: daytime({ now }), codec: textLines({ send: "crlf" }) });
    expect((await (await dial()).untilEnded()).text).toBe("2026-02-03T04:05:06.000Z\r\n");
  });

  it("ask the system for it", async () => {
    const before = Date.now();
    const { dial } = await stage({ handler: daytime() });
    const told = Date.parse((await (await dial()).untilEnded()).text.trim());
    expect(told).toBeGreaterThanOrEqual(before);
    expect(told).toBeLessThanOrEqual(Date.now());
  });
});
