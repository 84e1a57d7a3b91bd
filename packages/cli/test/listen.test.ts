import { describe, expect, it } from "vitest";
import { parley } from "./child.ts";
import { notFound, serveForeign } from "./foreign-server.ts";
import { calculatorHere } from "./here.ts";

describe("parley listen", () => {
  it("prints what an event brings, as often as it is told to", async () => {
    const { url } = await calculatorHere();
    const child = parley("listen", url, "tick", "--count", "2");
    expect(await child.ended).toBe(0);
    expect(child.stdout).toMatch(/^\{"at":\d{13}\}\n\{"at":\d{13}\}\n$/);
    expect(child.stderr).toBe("");
  });

  it("goes on after a lost connection, tells of it, and ends by SIGINT", async () => {
    const first = parley("serve", "calculator", "--listen", "tcp://127.0.0.1:0");
    const [, url = ""] = await first.until("stdout", /^listening (.*)\n/);
    const child = parley("listen", url, "tick");
    await child.until("stdout", /at/);
    await first.kill("SIGKILL");
    await child.until("stderr", /^parley: The connection .* Connecting again\.\n/);
    const second = await calculatorHere(url);
    const before = child.stdout;
    await child.until("stderr", /\nparley: Connected again\.\n$/);
    await child.until("stdout", new RegExp(`^${before}[^]*at`));
    await second.server.close({ graceMs: 0 });
    await child.until("stderr", /\nparley: The server is going away: .* Connecting again\.\n$/);
    child.process.kill("SIGINT");
    expect(await child.ended).toBe("SIGINT");
    expect(child.stderr.split("\n")).toHaveLength(4);
  });

  it("ends quietly when nobody reads it any more", async () => {
    const { url } = await calculatorHere();
    const child = parley("listen", url, "tick");
    await child.until("stdout", /at/);
    child.process.stdout.destroy();
    expect([await child.ended, child.stderr]).toEqual([0, ""]);
  });

  it("says what is wrong with an event that cannot be had", async () => {
    const { url } = await calculatorHere();
    const foreign = await serveForeign(() => notFound);
    const children = [parley("listen", url, "tock"), parley("listen", foreign.url, "tick")];
    const ends = await Promise.all(children.map(({ ended }) => ended));
    expect(ends).toEqual([1, 1]);
    expect(children.map(({ stderr }) => stderr)).toEqual([
      "parley: calculator has no event tock. Did you mean tick?\n",
      "parley: Method not found\n  code: -32601 (methodNotFound)\n",
    ]);
  });
});
