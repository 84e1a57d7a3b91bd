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
    [["serve", "calculator", "--codec", "lines"], /lines.*detect, json-lines, json-frames/],
    [
      ["serve", "calculator", "--listen", "udp://127.0.0.1:0"],
      /Calls go over a stream, which udp:\/\/ is not/,
    ],
    [["call", "fd://3", "add"], /fd:\/\/ can only be listened at/],
    [
      ["call", "tcp://127.0.0.1:1", "add", "{a: 1}"],
      /not JSON.*Write it like '\{"a": 1, "b": 2\}' or '\[1, 2\]'/,
    ],
    [
      ["call", "tcp://127.0.0.1:1", "add", "5"],
      /neither an object \(parameters by name\) nor an array.*but 5/,
    ],
    [["call", "tcp://127.0.0.1:1", "add", "--codec", "detect"], /detect.*json-lines/],
    [["listen", "tcp://127.0.0.1:1", "tick", "--count", "0"], /'0'.*whole number of at least 1/],
    [["completion", "ksh"], /ksh.*zsh, bash, fish, powershell/],
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
    [["--help"], /serve[^]*send[^]*call[^]*listen[^]*discover[^]*types[^]*completion/],
    [["serve", "echo", "--help"], /--listen[^]*6666[^]*--concurrency[^]*--log-file/],
    [["call", "--help"], /--timeout[^]*--no-discover[^]*stdin[^]*\$ parley call/],
    [["send", "--help"], /--codec[^]*length-prefix/],
  ])("helps with %j", async (args, text) => {
    const child = parley(...args);
    expect(await child.ended).toBe(0);
    expect(child.stdout).toMatch(text);
  });
});
