import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { parleyIn } from "./child.ts";
import { calculatorHere } from "./here.ts";

/** Runs the command line behind redirections that a shell makes; answers how it ended and what it printed. */
async function redirected(
  redirection: string,
  ...args: string[]
): Promise<[number | string, string, string]> {
  const child = parleyIn(["sh", "-c", `exec "$@" ${redirection}`, "sh"], ...args);
  const ended = await child.ended;
  return [ended, child.stdout, child.stderr];
}

const full = "> /dev/full";
const unwritable = expect.stringMatching(/^parley: stdout cannot be written: ENOSPC: .*\n$/) as string;

describe("parley", () => {
  it("says that stdin is a directory, and exits 1", async () => {
    const { url } = await calculatorHere();
    const from = `< '${tmpdir()}'`;
    const told = [1, "", "parley: stdin is a directory; give it a file or a pipe.\n"];
    expect(await redirected(from, "send", url)).toEqual(told);
    expect(await redirected(from, "call", url, "add", "-")).toEqual(told);
  });

  it("takes a stdin that is closed for an empty one", async () => {
    const { url } = await calculatorHere();
    expect(await redirected("<&-", "send", url)).toEqual([0, "", ""]);
    expect(await redirected("<&-", "call", url, "add", "[1, 2]")).toEqual([0, "3\n", ""]);
  });

  it("bounds what it reads of a stdin that does not end", async () => {
    const { url } = await calculatorHere();
    expect(await redirected("< /dev/zero", "call", url, "add", "-")).toEqual([
      1,
      "",
      "parley: stdin holds more than 16777216 bytes, which is too much for parameters; give fewer.\n",
    ]);
    expect(await redirected("< /dev/zero", "send", url)).toEqual([
      1,
      "",
      expect.stringMatching(/^parley: .*limit of 1048576.*\n$/),
    ]);
  });

  it.skipIf(!existsSync("/dev/full"))(
    "says that stdout is full, whatever it prints, and exits 1",
    async () => {
      const { url } = await calculatorHere();
      const commands = [
        ["call", url, "add", "[1, 2]"],
        ["call", url, "countdown", '{"from": 3}'],
        ["listen", url, "tick", "--count", "1"],
        ["--help"],
      ];
      const ends = await Promise.all(commands.map((args) => redirected(full, ...args)));
      expect(ends).toEqual(commands.map(() => [1, "", unwritable]));
      expect(await redirected(`${full} <<'.'\nhello\n.`, "send", url)).toEqual([1, "", unwritable]);
    },
  );

  it.skipIf(!existsSync("/dev/full"))("exits as it would where stderr takes nothing", async () => {
    const { url } = await calculatorHere();
    expect(await redirected("2> /dev/full", "call", url, "nope")).toEqual([1, "", ""]);
    expect(await redirected("2> /dev/full", "nonsense")).toEqual([2, "", ""]);
  });

  it("ends quietly where nobody reads its help", async () => {
    const child = parleyIn(["sh", "-c", '{ "$@"; echo "exit $?" >&2; } | exec true', "sh"], "--help");
    await child.ended;
    expect(child.stderr).toBe("exit 0\n");
  });
});
