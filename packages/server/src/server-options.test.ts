import { textLines } from "@parley/core";
import { describe, expect, it } from "vitest";
import { echo } from "./handlers/echo.ts";
import { createServer } from "./server.ts";
import { type ServerOptions, serverSetup } from "./server-options.ts";

const good: ServerOptions<string> = { codec: textLines(), handler: echo() };

describe("server options", () => {
  it("have the documented defaults", () => {
    expect(serverSetup(good)).toMatchObject({
      concurrency: Number.POSITIVE_INFINITY,
      backlog: 128,
      waitTimeoutMs: 60_000,
      overflow: "refuse",
      graceMs: 10_000,
      refusal: undefined,
      logger: undefined,
    });
  });

  it("count as not given when undefined", () => {
    expect(serverSetup({ ...good, concurrency: undefined, backlog: undefined })).toMatchObject({
      backlog: 128,
    });
  });

  it.each<[Partial<ServerOptions<string>>, string]>([
    [{ concurrency: 0 }, "concurrency is 0; give a whole number of at least 1"],
    [{ concurrency: Number.NaN }, "concurrency is NaN"],
    [{ concurrency: 1.5 }, "concurrency is 1.5"],
    [{ backlog: -1 }, "backlog is -1"],
    [{ backlog: Number.POSITIVE_INFINITY }, "backlog is Infinity"],
    [{ waitTimeoutMs: 0 }, "waitTimeoutMs is 0"],
    [{ graceMs: -1 }, "graceMs is -1"],
    [{ graceMs: 2 ** 31 }, "graceMs is 2147483648"],
    [{ overflow: "kernel" as "refuse" }, 'overflow is "kernel"'],
    [
      { highWatermarkBytes: 10, lowWatermarkBytes: 11 },
      "lowWatermarkBytes is 11, above highWatermarkBytes (10)",
    ],
    [{ handler: {} as ServerOptions<string>["handler"] }, "handler is neither a function nor an object"],
    [{ handler: undefined as unknown as ServerOptions<string>["handler"] }, "handler is neither"],
    [{ codec: undefined as unknown as ServerOptions<string>["codec"] }, "codec is missing"],
  ])("are refused: %j", (wrong, why) => {
    expect(() => createServer({ ...good, ...wrong })).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringContaining(why) as string }),
    );
  });

  it("hold a refusal that the codec can express", () => {
    expect(() => createServer({ ...good, refusal: "two\nlines" })).toThrow(
      expect.objectContaining({ code: "unencodable" }),
    );
    expect(() => createServer({ ...good, codec: textLines({ maxFrameBytes: 3 }), refusal: "full" })).toThrow(
      expect.objectContaining({ code: "frame-too-long" }),
    );
  });
});
