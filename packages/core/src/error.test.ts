import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { errorCodes, ParleyError } from "./error.ts";
import { FrameTooLongError } from "./frame-too-long.ts";

const documented = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");

describe("the error codes", () => {
  it("are those that docs/errors.md explains, in the same words and order", () => {
    const rows = [...documented.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|$/gm)];
    expect(rows.map(([, code, meaning]) => [code, meaning])).toEqual(Object.entries(errorCodes));
  });

  it("are told with what to do", () => {
    for (const [, , , advice] of documented.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|$/gm))
      expect(advice).toMatch(/^[A-Z].+\.$/);
  });
});

describe("a ParleyError", () => {
  it("is an Error with a code, whose doing it was, and a cause", () => {
    const cause = new Error("underneath");
    const error = new ParleyError("connect-failed", "It did not work.", { blame: "remote", cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "ParleyError",
      code: "connect-failed",
      blame: "remote",
      message: "It did not work.",
      cause,
    });
    expect(error.stack).toMatch(/^ParleyError: It did not work\./);
  });

  it("is this side's doing unless said otherwise, and has no cause unless given one", () => {
    const error = new ParleyError("bad-option", "No.");
    expect(error.blame).toBe("local");
    expect("cause" in error).toBe(false);
    expect("cause" in new ParleyError("aborted", "No.", { cause: undefined })).toBe(true);
  });

  it("goes by the name of its class", () => {
    expect(new FrameTooLongError(1, 2, "remote")).toMatchObject({
      name: "FrameTooLongError",
      code: "frame-too-long",
      blame: "remote",
      limit: 1,
      actual: 2,
    });
    expect(new FrameTooLongError(1, undefined, "local").message).toContain("more than 1 bytes");
  });
});
