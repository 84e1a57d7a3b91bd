import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clientDefaults, orderedDefaults, reconnectDefaults } from "@parley/client";
import { connectionDefaults } from "@parley/core";
import { sessionDefaults } from "@parley/rpc";
import { clusterDefaults, clusterRestartDefaults, serveDefaults, serverDefaults } from "@parley/server";
import {
  proxyProtocolDefaults,
  socketListenerDefaults,
  tlsListenerDefaults,
  udpListenerDefaults,
} from "@parley/transport";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const text = readFileSync(join(root, "docs/guarantees.md"), "utf8");
/** The cells of each row that makes a promise. */
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| promise"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

/** A default as the table has it: `64 KiB`, `10 s`, `5 minutes`, `10,000`. */
function written(name: string, value: number): string {
  const [size, unit] = name.endsWith("Ms")
    ? duration(value)
    : name.endsWith("Bytes")
      ? bytes(value)
      : [value];
  return [Number.isFinite(size) ? size.toLocaleString("en") : String(size), unit].filter(Boolean).join(" ");
}

function duration(ms: number): [number, string?] {
  if (!Number.isFinite(ms)) return [ms];
  if (ms < 1_000) return [ms, "ms"];
  return ms > 60_000 ? [ms / 60_000, "minutes"] : [ms / 1_000, "s"];
}

function bytes(count: number): [number, string?] {
  const kibibyte = 1_024;
  return count < kibibyte ** 2 ? [count / kibibyte, "KiB"] : [count / kibibyte ** 2, "MiB"];
}

describe("docs/guarantees.md", () => {
  it("promises something", () => {
    expect(rows.length).toBeGreaterThan(40);
  });

  it.each(rows)("%s", (...cells) => {
    expect(cells).toHaveLength(4);
    const found = /^`([^`]+\.test\.ts)`: (.+)$/.exec(cells[3] as string);
    expect(found, "the last cell names a test file, and a test in it").not.toBeNull();
    const [, file, title] = found as unknown as [string, string, string];
    expect(existsSync(join(root, file)), file).toBe(true);
    expect(readFileSync(join(root, file), "utf8")).toContain(title);
  });

  it("has a row for every option that limits something, with its default", () => {
    const limits = [
      connectionDefaults,
      serverDefaults,
      serveDefaults,
      clusterDefaults,
      clusterRestartDefaults,
      sessionDefaults,
      clientDefaults,
      reconnectDefaults,
      orderedDefaults,
      socketListenerDefaults,
      udpListenerDefaults,
      tlsListenerDefaults,
      proxyProtocolDefaults,
    ].flatMap((defaults) =>
      Object.entries(defaults).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
    );
    expect(limits.length).toBeGreaterThan(30);
    const promised = ([name, value]: [string, number]): boolean =>
      rows.some(
        ([promise = "", byDefault = "", atLimit = ""]) =>
          `${promise} ${atLimit}`.includes(`\`${name}\``) &&
          byDefault.split(/; | for /).includes(written(name, value)),
      );
    expect(limits.filter((limit) => !promised(limit))).toEqual([]);
  });
});
