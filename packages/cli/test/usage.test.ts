import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parley } from "./child.ts";

describe("parley", () => {
  it.each([
    [["serve", "echo", "--codec", "morse"], /morse.*lines, length-prefix, raw/],
    [["serve", "echo", "--listen", "localhost"], /"localhost" is no address.*tcp:\/\/127\.0\.0\.1:6666/],
    [["serve", "echo", "--concurrency", "0"], /'0'.*whole number of at least 1/],
    [["serve", "echo", "--backlog", "1.5"], /'1\.5'.*whole number of at least 0/],
    [["serve", "echo", "--log-level", "loud"], /loud.*trace, debug, info, warn, error, fatal/],
    [["serve", "tea"], /tea/],
    [["send"], /missing required argument 'url'/],
    [["send", "tcp://127.0.0.1:99999"], /99999/],
    [["sned"], /unknown command 'sned'/],
    [[], /Usage: parley/],
  ])("says what is wrong with %j and exits 2", async (args, message) => {
    const child = parley(...args);
    expect(await child.ended).toBe(2);
    expect(child.stderr).toMatch(message);
    expect(child.stdout).toBe("");
  });

  it("prints its version", async () => {
    const child = parley("--version");
    const file = readFileSync(new URL("../package.json", import.meta.url), "utf8");
    expect(await child.ended).toBe(0);
    expect(child.stdout).toBe(`${(JSON.parse(file) as { version: string }).version}\n`);
  });

  it.each([
    [["--help"], /serve[^]*send/],
    [["serve", "echo", "--help"], /--listen[^]*6666[^]*--concurrency[^]*--log-file/],
    [["send", "--help"], /--codec[^]*length-prefix/],
  ])("helps with %j", async (args, text) => {
    const child = parley(...args);
    expect(await child.ended).toBe(0);
    expect(child.stdout).toMatch(text);
  });
});
