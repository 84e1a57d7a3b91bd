import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { Child, parley } from "./child.ts";
import { calculatorHere, thingsHere } from "./here.ts";

/** What is offered behind those words. */
async function offered(...words: string[]): Promise<string[]> {
  const child = parley("complete", "--", ...words);
  expect([await child.ended, child.stderr]).toEqual([0, ""]);
  const lines = child.stdout.trimEnd().split("\n");
  return lines.slice(0, -1).map((line) => line.slice(0, line.indexOf("\t")));
}

describe("parley completion", () => {
  it("prints a script that bash takes and that asks for what is offered", async () => {
    const printed = parley("completion", "bash");
    expect([await printed.ended, printed.stderr]).toEqual([0, ""]);
    expect(spawnSync("bash", ["-n"], { input: printed.stdout }).status).toBe(0);
    // In the place of bash-completion, which need not be there, and of the command.
    const shell = `
      _get_comp_words_by_ref() { words=(parley ca); cur=ca; cword=1; }
      compopt() { :; }
      parley() { printf 'call\\tcall a method\\n:4\\n'; [ "$*" = "complete -- ca" ]; }
      ${printed.stdout}
      complete -p parley && __parley_complete && echo "$COMPREPLY"`;
    const bash = new Child("bash", ["--noprofile", "--norc", "-c", shell]);
    expect([await bash.ended, bash.stdout]).toEqual([0, "complete -F __parley_complete parley\ncall\n"]);
  });

  it.each(["zsh", "fish", "powershell"])("prints a script for %s", async (shell) => {
    const child = parley("completion", shell);
    expect(await child.ended).toBe(0);
    expect(child.stdout).toMatch(/parley complete '?--/);
  });

  it("offers commands, services, options and their choices", async () => {
    expect(
      await Promise.all([
        offered(""),
        offered("serve", "c"),
        offered("serve", "calculator", "--codec", "json-"),
        offered("call", "--no"),
      ]),
    ).toEqual([
      ["serve", "send", "call", "listen", "discover", "types", "completion"],
      ["chargen", "calculator"],
      ["json-lines", "json-frames", "json-stream"],
      ["--no-discover"],
    ]);
  });

  it("offers what the server at the URL has, if its name is harmless to a shell", async () => {
    const [{ url }, things] = await Promise.all([calculatorHere(), thingsHere()]);
    const lines = [
      ["call", "--codec", "json-frames", url, "co"],
      ["listen", url, ""],
      ["call", things.url, ""],
      ["call", "tcp://127.0.0.1:1", ""],
      ["call", "nonsense", ""],
    ];
    const names: string[][] = [];
    // One behind the other: each waits for its server a second at most.
    for (const line of lines) names.push(await offered(...line));
    expect(names).toEqual([["countdown"], ["tick"], ["reverse", "next", "sum", "pour", "nothing"], [], []]);
  });
});
