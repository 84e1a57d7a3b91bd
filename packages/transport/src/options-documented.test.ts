import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { socketListenerDefaults } from "./listener-options.ts";
import { proxyProtocolDefaults } from "./proxy-protocol.ts";
import { tlsListenerDefaults } from "./tls-options.ts";
import { udpListenerDefaults } from "./udp-options.ts";

const documented = readFileSync(new URL("../../../docs/listeners.md", import.meta.url), "utf8");

/** What each table row of the page with that name in its first column has in its second. */
function told(option: string): (string | undefined)[] {
  return [...documented.matchAll(new RegExp(`^\\| \`${option}\` \\| ([^|]*) \\|`, "gm"))].map(
    ([, value]) => value,
  );
}

describe("docs/listeners.md", () => {
  it.each(
    Object.entries({
      ...socketListenerDefaults,
      ...proxyProtocolDefaults,
      ...udpListenerDefaults,
      ...tlsListenerDefaults,
    }).filter(([, value]) => value !== undefined),
  )("has the default of %s", (option, value) => {
    expect(told(option)).toContain(String(value));
  });
});
