import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ClosedError, type CloseReason, describeCloseReason, isOrderly } from "./connection/close-reason.ts";
import { connectionDefaults } from "./connection/options.ts";
import { mayWrite, transitions } from "./connection/state.ts";

const documented = readFileSync(new URL("../../../docs/connection.md", import.meta.url), "utf8");

/** The rows of the table whose first column has this heading, in cells without their code marks. */
function table(heading: string): string[][] {
  const [, body] = documented.split(new RegExp(`^\\| ${heading} \\|.*\\n\\|[-|]+\\n`, "m"));
  const rows = (body as string).split("\n\n")[0]?.trim().split("\n") as string[];
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

/** One of each kind. */
const reasons = {
  ended: { by: "remote", kind: "ended" },
  destroyed: { by: "local", kind: "destroyed" },
  drained: { by: "local", kind: "drained" },
  "grace-ended": { by: "local", kind: "grace-ended", graceMs: 12_345 },
  overload: { by: "local", kind: "overload" },
  "wait-timeout": { by: "local", kind: "wait-timeout", waitTimeoutMs: 12_345 },
  "connection-limit": { by: "local", kind: "connection-limit", limit: 12_345 },
  "address-limit": { by: "local", kind: "address-limit", limit: 12_345 },
  "descriptor-limit": { by: "local", kind: "descriptor-limit", reserve: 12_345 },
  idle: { by: "local", kind: "idle", afterMs: 12_345 },
  "frame-timeout": { by: "local", kind: "frame-timeout", afterMs: 12_345 },
  "first-message-timeout": { by: "local", kind: "first-message-timeout", afterMs: 12_345 },
  unresponsive: { by: "local", kind: "unresponsive", afterMs: 12_345 },
  undetected: { by: "local", kind: "undetected", afterMs: 12_345 },
  forbidden: { by: "local", kind: "forbidden" },
  unauthorized: { by: "local", kind: "unauthorized", tries: 12_345 },
  "auth-timeout": { by: "local", kind: "auth-timeout", afterMs: 12_345 },
  "rate-limited": { by: "local", kind: "rate-limited", unit: "messages", perSecond: 12_345 },
  "request-timeout": { by: "local", kind: "request-timeout", afterMs: 12_345 },
  "frame-too-long": { by: "local", kind: "frame-too-long", limit: 12_345 },
  malformed: { by: "local", kind: "malformed", why: "12345" },
  "slow-consumer": { by: "local", kind: "slow-consumer", limit: 1, buffered: 12_345 },
  "write-stall": { by: "local", kind: "write-stall", afterMs: 12_345 },
  "handler-error": { by: "local", kind: "handler-error", error: new Error("secret") },
  reset: { by: "remote", kind: "reset", code: "E12345" },
} satisfies { [K in CloseReason["kind"]]: Extract<CloseReason, { kind: K }> };

describe("docs/connection.md", () => {
  it("has the states, whether they may write, and where they lead", () => {
    expect(table("state").map(([state, , , next]) => [state, next?.split(", ").filter(Boolean)])).toEqual(
      Object.entries(transitions),
    );
    for (const [state, , writes] of table("state"))
      expect([state, mayWrite(state as keyof typeof transitions)]).toEqual([state, writes === "yes"]);
  });

  it("has the close reasons", () => {
    expect(table("kind").map(([kind]) => kind)).toEqual(Object.keys(reasons));
    for (const [kind, by] of table("kind"))
      expect(by?.split(", ")).toContain(reasons[kind as keyof typeof reasons].by);
  });

  it("has the options with their defaults", () => {
    expect(table("option").map(([option, value]) => [option, value])).toEqual(
      Object.entries(connectionDefaults).map(([option, value]) => [option, String(value)]),
    );
  });
});

describe("a close reason", () => {
  it.each(Object.values(reasons))("is told in one line, with its values: $kind", (reason: CloseReason) => {
    const line = describeCloseReason(reason);
    expect(line).not.toContain("\n");
    expect(line).not.toContain("secret");
    if (JSON.stringify(reason).includes("12345")) expect(line).toContain("12345");
    const error = new ClosedError(reason);
    expect(error).toMatchObject({ code: "closed", blame: reason.by, reason });
    expect(error.message).toBe(`The connection is closed: ${line}.`);
  });

  it("says which frame was too long, if it is known", () => {
    expect(describeCloseReason({ by: "local", kind: "frame-too-long", limit: 10, actual: 11 })).toBe(
      "a frame of 11 bytes exceeds the limit of 10",
    );
  });

  it("is orderly if nothing was cut, lost or refused", () => {
    expect(
      Object.values(reasons)
        .filter(isOrderly)
        .map(({ kind }) => kind),
    ).toEqual(["ended", "drained"]);
    expect(isOrderly({ by: "local", kind: "ended" })).toBe(true);
  });
});
