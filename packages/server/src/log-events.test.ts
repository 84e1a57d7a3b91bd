import { readFileSync } from "node:fs";
import type { Connection } from "@parley/core";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { logEvents } from "./log-events.ts";
import { ServerEmitter, type ServerEvents } from "./server-events.ts";
import { serverDefaults } from "./server-options.ts";

const connection = {
  id: "c1",
  remoteAddress: "memory://here/1",
  counters: { bytesIn: 1, bytesOut: 2, messagesIn: 3, messagesOut: 4, bufferedBytes: 0 },
} as unknown as Connection<never, never>;
const error = new Error("失敗\n\u001b[31m");
const report = { completed: 1, idle: 2, aborted: 3, refused: 4 };

/** One of each, with the level it is logged at and what its line tells. */
const samples: { [E in keyof ServerEvents]: [ServerEvents[E][0], level: string, told: object] } = {
  listening: [{ listener: "l1", address: "memory://here" }, "info", { address: "memory://here" }],
  "listening-ended": [
    { listener: "l1", address: "memory://here", accepted: 7 },
    "info",
    { listener: "l1", accepted: 7 },
  ],
  serving: [
    { listener: "l1", connection, waitedMs: 5 },
    "debug",
    { listener: "l1", connection: "c1", remoteAddress: "memory://here/1", waitedMs: 5 },
  ],
  waiting: [{ listener: "l1", connection }, "info", { connection: "c1" }],
  refused: [
    { listener: "l1", connection, waited: false, reason: { by: "local", kind: "overload" } },
    "warn",
    { connection: "c1", reason: "refused: no place to be served or to wait" },
  ],
  closed: [
    { listener: "l1", connection, ageMs: 9, reason: { by: "remote", kind: "ended" } },
    "debug",
    { connection: "c1", by: "remote", reason: "closed by the other side", bytesIn: 1, messagesOut: 4 },
  ],
  "request-begun": [{ connection, request: "c1.3" }, "trace", { request: "c1.3" }],
  "request-ended": [
    { connection, request: "c1.3", durationMs: 2, error },
    "debug",
    { request: "c1.3", durationMs: 2, failed: true },
  ],
  "limit-reached": [
    { reason: { by: "local", kind: "descriptor-limit", reserve: 16 } },
    "error",
    { reason: "refused: only the 16 descriptors kept in reserve are left" },
  ],
  "limit-left": [{ kind: "descriptor-limit" }, "info", { kind: "descriptor-limit" }],
  "handler-error": [{ connection, error }, "error", { connection: "c1", err: { message: error.message } }],
  "call-failed": [
    { connection, method: "add", reference: "c1.5", error },
    "error",
    { connection: "c1", method: "add", reference: "c1.5", err: { message: error.message } },
  ],
  "listener-error": [{ address: "memory://here", error }, "error", { err: { message: error.message } }],
  "subscriber-error": [{ event: "closed", error }, "error", { event: "closed" }],
  suspended: [{ addresses: ["memory://here"] }, "info", { addresses: ["memory://here"] }],
  "handed-over": [{ pid: 4711 }, "info", { pid: 4711 }],
  draining: [{ graceMs: 5 }, "info", { graceMs: 5 }],
  drained: [{ report }, "info", report],
};

const documented = readFileSync(new URL("../../../docs/server.md", import.meta.url), "utf8");

describe("docs/server.md", () => {
  it("has every event with its levels", () => {
    const rows = [...documented.matchAll(/^\| `([a-z-]+)` \| ((?:trace|debug|info|warn|error|, )+) \|/gm)];
    expect(rows.map(([, event]) => event)).toEqual(Object.keys(samples));
    for (const [, event, levels] of rows)
      expect(levels?.split(", ")).toContain(samples[event as keyof ServerEvents][1]);
  });

  it("has the options that have a fixed default, with it", () => {
    const { clock: _, ...defaults } = serverDefaults;
    for (const [option, value] of Object.entries(defaults)) {
      const [, told] = new RegExp(`^\\| \`${option}\` \\| ([^|]+) \\|`, "m").exec(documented) ?? [];
      expect([option, told?.replaceAll("`", "")]).toEqual([option, String(value)]);
    }
  });
});

describe("logging a server's events", () => {
  it.each(Object.entries(samples))("writes one line for %s", (event, [payload, level, told]) => {
    const lines: string[] = [];
    const events = new ServerEmitter();
    const formatters = { level: (label: string) => ({ level: label }) };
    logEvents(
      events,
      pino({ level: "trace", base: null, formatters }, { write: (line) => void lines.push(line) }),
    );
    events.tell(event as keyof ServerEvents, payload as never);
    expect(lines).toHaveLength(1);
    const [line] = lines as [string];
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(line).not.toContain("\u001b");
    expect(JSON.parse(line)).toMatchObject({ level, ...told });
  });

  it("tells what others have sent so that no terminal obeys it, through whatever logger, and reads the same", () => {
    const lines: string[] = [];
    const hooks = { streamWrite: (line: string) => line.replace("}", ',"own":true}') };
    const logger = pino({ level: "error", base: null, hooks }, { write: (line) => void lines.push(line) });
    const events = new ServerEmitter();
    logEvents(events, logger);
    const hostile = "\u001b[2J \u007f \u0085 \u009b31m \u2028 \u202egnp.exe \u2066 \r\nforged";
    events.tell("listener-error", { address: hostile, error: new Error(hostile) });
    // What was set later on holds as well.
    logger.level = "info";
    events.tell("listening", { listener: "l1", address: hostile });
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
      expect(line.slice(0, -1)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
      expect(JSON.parse(line)).toMatchObject({ address: hostile });
      expect(line).toContain('"own":true');
    }
  });

  it("writes a line for what was thrown even if it throws when it is looked at", () => {
    const lines: string[] = [];
    const events = new ServerEmitter();
    logEvents(events, pino({ base: null }, { write: (line) => void lines.push(line) }));
    const heard: unknown[] = [];
    events.on("handler-error", (event) => void heard.push(event.error));
    const hostile = Object.defineProperty(new Error("x"), "message", {
      get() {
        throw new Error("y");
      },
    });
    events.tell("handler-error", { connection, error: hostile });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { connection: "c1", msg: "handler failed", err: { message: "What was thrown cannot be read." } },
    ]);
    expect(heard).toHaveLength(1);
  });

  it("covers the catalogue", () => {
    const events = new ServerEmitter();
    logEvents(events, pino({ level: "silent" }));
    expect(new Set(events.eventNames())).toEqual(new Set(Object.keys(samples)));
  });
});
