import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clientDefaults, orderedDefaults, reconnectDefaults } from "@parley/client";
import { connectionDefaults } from "@parley/core";
import { sessionDefaults } from "@parley/rpc";
import { serveDefaults, serverDefaults } from "@parley/server";
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

  it("has a row for every option that limits something", () => {
    const limits = Object.entries({
      ...connectionDefaults,
      ...serverDefaults,
      ...serveDefaults,
      ...sessionDefaults,
      ...clientDefaults,
      ...reconnectDefaults,
      ...orderedDefaults,
      ...socketListenerDefaults,
      ...udpListenerDefaults,
      ...tlsListenerDefaults,
      ...proxyProtocolDefaults,
    })
      .filter(([, value]) => typeof value === "number")
      .map(([name]) => name);
    const promised = rows.map(([promise, , atLimit]) => `${promise} ${atLimit}`).join("\n");
    expect(limits.length).toBeGreaterThan(30);
    expect(limits.filter((name) => !promised.includes(`\`${name}\``))).toEqual([]);
  });
});
