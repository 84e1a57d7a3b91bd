import { connectionDefaults, jsonLines } from "@parley/core";
import { contract, openRpcDocument } from "@parley/rpc";
import { serveDefaults } from "@parley/server";
import { describe, expect, it } from "vitest";
import { codeBlocks } from "../../tools/code-blocks.ts";
import { calculator } from "./calculator.ts";
import { documented } from "./transcript.ts";

/** The rows of the table whose first column has this heading, in cells without their code marks. */
function table(heading: string): string[][] {
  const [, body = ""] = documented.split(`\n| ${heading} |`);
  const [, , ...rows] = body.split("\n\n", 1)[0]?.split("\n") ?? [];
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

function optionsIn(heading: string): (readonly [string | undefined, string | undefined])[] {
  return table(heading).map(([option, value]) => [option, value]);
}

/** An OpenRPC document, as far as it is looked at here. */
interface Document {
  readonly methods: readonly { readonly name: string; readonly "x-parley"?: object }[];
  readonly "x-parley"?: object;
}

describe("docs/wire.md", () => {
  it("has the limits of serve", () => {
    expect(optionsIn("option of `serve`")).toEqual(
      Object.entries(serveDefaults).map(([option, value]) => [option, String(value)]),
    );
  });

  it("has limits of a connection as they are", () => {
    const limits: Readonly<Record<string, unknown>> = {
      ...connectionDefaults,
      maxFrameBytes: jsonLines().frame.maxFrameBytes,
    };
    const rows = optionsIn("of a connection");
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).toEqual(rows.map(([option = ""]) => [option, String(limits[option])]));
  });

  it("shows the calculator's document", () => {
    const [block] = codeBlocks(documented, "json");
    const shown = JSON.parse(block?.source ?? "") as Document;
    const actual = openRpcDocument(calculator) as Document;
    const names = shown.methods.map(({ name }) => name);
    const methods = actual.methods.filter(({ name }) => names.includes(name));
    expect(JSON.stringify(shown, null, 1)).toBe(JSON.stringify({ ...actual, methods }, null, 1));
  });

  it("has all that may be under x-parley", () => {
    const schema = { type: "object", properties: {}, additionalProperties: false } as const;
    const everything = contract("everything", {
      methods: {
        silent: { params: schema, idempotent: true },
        loud: { input: schema, output: schema, errors: { wrong: { code: 1, data: schema } } },
      },
      events: { event: schema },
      notifications: { notification: schema },
    });
    const { methods, "x-parley": own } = openRpcDocument(everything) as Document;
    const members = new Set(methods.flatMap(({ "x-parley": of }) => Object.keys(of ?? {})));
    const named = table("`x-parley` of a method").flatMap(([cell]) => cell?.split(", "));
    expect(new Set(named)).toEqual(members);
    expect(table("`x-parley` of the document").map(([cell]) => cell)).toEqual(Object.keys(own ?? {}));
  });
});
