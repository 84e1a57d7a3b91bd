import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { announcedOutput, isAnnounced, readdressed, readmeExample } from "./readme-example.ts";

const block = (...lines: string[]): string => ["```ts", ...lines, "```", ""].join("\n");

describe("readmeExample", () => {
  it("takes the blocks that name their files", () => {
    const modules = readmeExample(
      [
        "## A service in ten lines",
        block("// contract.ts", "export const it = 1;"),
        block("// server.ts", "serve();"),
        block("// client.ts", "call();"),
        block("another();"),
        "## The other end",
        block("// client.ts", "no();"),
      ].join("\n"),
    );
    expect([...modules.keys()]).toEqual(["contract.ts", "server.ts", "client.ts"]);
    expect(modules.get("client.ts")).toBe("// client.ts\ncall();\n");
  });

  it("says what is missing", () => {
    const markdown = `## A service in ten lines\n${block("// server.ts", "serve();")}`;
    expect(() => readmeExample(markdown)).toThrow('"// client.ts"');
  });

  it("finds a service and a client in the README, each with an address, and what is printed", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const modules = readmeExample(readme);
    for (const name of ["server.ts", "client.ts"])
      expect(readdressed(modules.get(name) ?? "", "tcp://127.0.0.1:1")).toContain('"tcp://127.0.0.1:1"');
    expect(announcedOutput(modules.get("client.ts") ?? "")).not.toBe("");
  });
});

describe("readdressed", () => {
  it("replaces every address", () => {
    expect(readdressed('a("tcp://127.0.0.1:6666"); b("tcp://localhost:7");', "tcp://127.0.0.1:0")).toBe(
      'a("tcp://127.0.0.1:0"); b("tcp://127.0.0.1:0");',
    );
  });

  it("refuses code without one", () => {
    expect(() => readdressed('a("tcp://example.org:80")', "tcp://127.0.0.1:0")).toThrow("names no");
  });
});

describe("the announced output", () => {
  const code = `console.log(await client.call("add", { a: 1, b: 2 })); // 3
const url = "https://example.org"; // not printed
for await (const n of client.stream("countdown", { from: 3 })) console.log(n); // 3, 2, 1
console.log("silent");
`;

  it("is what stands behind console.log", () => {
    expect(announcedOutput(code)).toBe("3 3, 2, 1");
    expect(() => announcedOutput('console.log("http://example.org");')).toThrow("what it prints");
  });

  it("is compared value by value", () => {
    expect(isAnnounced("3\n3\n2\n1\n", "3 3, 2, 1")).toBe(true);
    expect(isAnnounced("3\n3\n2\n", "3 3, 2, 1")).toBe(false);
    expect(isAnnounced("33\n2\n1\n", "3 3, 2, 1")).toBe(false);
  });
});
