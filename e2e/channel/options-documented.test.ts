import { readFileSync } from "node:fs";
import { clientDefaults, clientTransitions, reconnectDefaults } from "@parley/client";
import { sessionDefaults } from "@parley/rpc";
import { serveDefaults } from "@parley/server";
import { describe, expect, it } from "vitest";

const documented = readFileSync(new URL("../../docs/channel.md", import.meta.url), "utf8");

/** The options with their defaults, of the table behind this line. */
function optionsBehind(line: string): Record<string, string> {
  const table = documented.split(`\n${line}\n\n`)[1]?.split("\n\n")[0] as string;
  const rows = table.split("\n").slice(2);
  return Object.fromEntries(
    rows.map((row) =>
      row
        .split("|")
        .map((cell) => cell.trim().replaceAll("`", ""))
        .slice(1, 3),
    ),
  ) as Record<string, string>;
}

function texts(defaults: object): Record<string, string> {
  return Object.fromEntries(Object.entries(defaults).map(([option, value]) => [option, String(value)]));
}

describe("docs/channel.md", () => {
  it("has the options of a session with their defaults", () => {
    expect(optionsBehind("Of each session, for `serve` and `createClient` alike:")).toEqual(
      texts(sessionDefaults),
    );
  });

  it("has those of serve", () => {
    expect(optionsBehind("Of `serve`:")).toEqual(texts(serveDefaults));
  });

  it("has those of createClient", () => {
    const { clock: _, random: __, ...own } = clientDefaults;
    const reconnect = Object.fromEntries(
      Object.entries(reconnectDefaults).map(([option, value]) => [`reconnect.${option}`, value]),
    );
    expect(optionsBehind("Of `createClient`:")).toEqual(
      texts({ ...own, connectTimeoutMs: 5_000, ...reconnect }),
    );
  });

  it("names the states of a client", () => {
    const [, states] = /`state` is ([^]*?)\n\n/.exec(documented) as unknown as [string, string];
    expect(
      [...states.matchAll(/`(\w+)` ?(?:\(|,|or|\.)|`(closed)`/g)]
        .map(([, a, b]) => a ?? b)
        .filter((s) => s !== "lazy"),
    ).toEqual(Object.keys(clientTransitions));
  });
});
