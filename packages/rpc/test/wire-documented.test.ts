import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rpcCodes, unavailableCodes } from "../src/codes.ts";
import { words } from "../src/engine/wire.ts";
import { sessionDefaults } from "../src/session/session-options.ts";

const documented = readFileSync(new URL("../../../docs/wire.md", import.meta.url), "utf8");

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

describe("docs/wire.md", () => {
  it("has the codes with their names, and says which of them have a time to wait", () => {
    const rows = table("code");
    const codes = rows.flatMap(([code, name]) => (name === "" ? [] : [[name, Number(code)]]));
    expect(codes).toEqual(Object.entries(rpcCodes));
    for (const [code, , data] of rows) {
      const waits = unavailableCodes.has(Number(code));
      expect([code, data === "{retryAfterMs}"]).toEqual([code, waits]);
    }
  });

  it("has the protocol's own messages", () => {
    expect(table("message").map(([message]) => message?.split(" ")[0])).toEqual(Object.values(words));
  });

  it("has the limits of a session with their defaults", () => {
    expect(table("option").map(([option, value]) => [option, value])).toEqual(
      Object.entries(sessionDefaults).map(([option, value]) => [option, String(value)]),
    );
  });
});
