import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { Program } from "./program.ts";

const node = (code: string, signal = new AbortController().signal): Program =>
  new Program(process.execPath, ["-e", code], { cwd: tmpdir(), signal });

describe("Program", () => {
  it("is given its input, and gives its output", async () => {
    expect(await node("process.stdin.pipe(process.stdout)").output("one\n")).toBe("one\n");
  });

  it("tells how it failed, and what it said", async () => {
    const failing = node("console.log('out'); console.error('why'); process.exit(3)").output();
    await expect(failing).rejects.toThrow(/ended with 3\.\nout\n\nwhy/);
  });

  it("is awaited until it prints something, and is ended", async () => {
    const program = node(
      "console.log('listening at'); setTimeout(() => console.log(7), 1); setInterval(() => {}, 1e6)",
    );
    expect((await program.until("stdout", /^(\d)$/m))[1]).toBe("7");
    expect(await program.stop("SIGTERM")).toBe("SIGTERM");
  });

  it("is not awaited longer than it runs", async () => {
    await expect(node("console.log('other')").until("stdout", /listening/)).rejects.toThrow(
      /did not print.*\nother/,
    );
  });

  it("says that it is not there", async () => {
    const absent = new Program("parley-absent", [], { cwd: tmpdir(), signal: new AbortController().signal });
    await expect(absent.output()).rejects.toThrow("ENOENT");
  });

  it("is killed by its signal", async () => {
    const stop = new AbortController();
    const program = node("console.log('up'); setInterval(() => {}, 1e6)", stop.signal);
    await program.until("stdout", /up/);
    stop.abort();
    expect(await program.ended).toBe("SIGKILL");
  });
});
