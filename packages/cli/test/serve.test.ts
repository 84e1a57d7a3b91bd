import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Child, needsNetcat, netcat, parley, serveEcho } from "./child.ts";

function logged(log: string): Record<string, unknown>[] {
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("parley serve echo", () => {
  it("prints one line per address and nothing else, and exits 0 upon SIGTERM", async () => {
    const server = parley("serve", "echo", "--listen", "tcp://127.0.0.1:0", "--listen", "tcp://[::1]:0");
    await server.until("stdout", /\n.*\n/);
    expect(await server.kill("SIGTERM")).toBe(0);
    expect(server.stdout).toMatch(
      /^listening tcp:\/\/127\.0\.0\.1:[1-9]\d*\nlistening tcp:\/\/\[::1\]:[1-9]\d*\n$/,
    );
    expect(server.stderr).toBe("");
  });

  it("serves one, lets two wait in order and refuses the fourth at once", async (context) => {
    needsNetcat(context);
    const { server, port } = await serveEcho("--concurrency", "1", "--backlog", "2", "--log-level", "info");
    const first = netcat(port);
    first.process.stdin.write("first\n");
    await first.until("stdout", /^first\n$/);
    const second = netcat(port);
    second.process.stdin.write("second\n");
    await server.until("stderr", /waiting/);
    const third = netcat(port);
    third.process.stdin.write("third\n");
    await server.until("stderr", /waiting[^]*waiting/);
    const fourth = netcat(port);
    await fourth.ended;
    expect(fourth.stdout + second.stdout + third.stdout).toBe("");
    first.process.stdin.end();
    await second.until("stdout", /^second\n$/);
    expect(await first.ended).toBe(0);
    expect(third.stdout).toBe("");
    second.process.stdin.end();
    await third.until("stdout", /^third\n$/);
    third.process.stdin.end();
    expect(await third.ended).toBe(0);
  });

  it("serves three at the same time with --concurrency 3", async (context) => {
    needsNetcat(context);
    const { port } = await serveEcho("--concurrency", "3", "--backlog", "0");
    const clients = ["a", "b", "c"].map((name) => ({ name, nc: netcat(port) }));
    for (const { name, nc } of clients) {
      nc.process.stdin.write(`${name}\n`);
      await nc.until("stdout", new RegExp(`^${name}\n$`));
    }
    for (const { name, nc } of clients) {
      nc.process.stdin.end(`bye ${name}`);
      expect(await nc.ended).toBe(0);
      expect(nc.stdout).toBe(`${name}\nbye ${name}\n`);
    }
  });

  it.each([
    ["three lines", "a\r\nb\n日本\n", "a\nb\n日本\n"],
    ["a last line without its newline", "a\nlast", "a\nlast\n"],
    ["empty lines", "\n\r\n", "\n\n"],
  ])("echoes %s", async (...[, sent, expected]) => {
    const { port } = await serveEcho();
    const answer = await new Promise<string>((resolve, reject) => {
      let text = "";
      const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
      socket.setEncoding("utf8").on("data", (piece) => (text += piece));
      socket.on("end", () => resolve(text)).on("error", reject);
      socket.end(sent);
    });
    expect(answer).toBe(expected);
  });

  it("echoes what printf pipes into nc", async (context) => {
    needsNetcat(context);
    const { port } = await serveEcho();
    const shell = new Child("sh", ["-c", `printf 'a\\r\\nb\\n日本\\nlast' | nc -N 127.0.0.1 ${port}`]);
    expect(await shell.ended).toBe(0);
    expect(shell.stdout).toBe("a\nb\n日本\nlast\n");
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "upon %s delivers the replies in flight and exits 0",
    async (signal) => {
      const { server, port } = await serveEcho("--log-level", "debug");
      const line = Buffer.from(`${"x".repeat(1023)}\n`);
      let received = 0;
      const ended = new Promise<void>((resolve, reject) => {
        const socket = connect({ port: Number(port), host: "127.0.0.1" });
        socket.on("error", reject).on("end", resolve);
        // More than all buffers between here and there hold, and nobody reads: replies are in flight for certain.
        socket.write(Buffer.concat(Array.from({ length: 32 * 1024 }, () => line)));
        socket.once("data", (piece) => {
          received += piece.length;
          socket.pause();
          server.process.kill(signal);
          server.process.kill(signal);
          void server.until("stderr", /"draining"/).then(() => {
            socket.on("data", (piece) => {
              received += piece.length;
            });
            socket.resume();
          });
        });
      });
      await ended;
      expect(await server.ended).toBe(0);
      const log = logged(server.stderr);
      const closed = log.find(({ msg }) => msg === "closed") as Record<string, number>;
      expect(closed).toMatchObject({ by: "local", reason: "closed by a drain" });
      expect(received).toBe(closed["bytesOut"]);
      expect(received).toBe((closed["messagesIn"] as number) * line.length);
      expect(log.at(-1)).toMatchObject({ msg: "drained", completed: 1, idle: 0, aborted: 0 });
    },
  );

  it("ends idle connections with a FIN", async () => {
    const { server, port } = await serveEcho();
    const socket = connect(Number(port), "127.0.0.1");
    socket.write("a\n");
    socket.once("data", () => server.process.kill("SIGTERM"));
    await new Promise((resolve, reject) => socket.on("end", resolve).on("error", reject));
    expect(await server.ended).toBe(0);
  });

  it("logs into a file instead, whatever its directory is called", async () => {
    const directory = mkdtempSync(join(tmpdir(), "parley-日本-"));
    const file = join(directory, "events.log");
    const { server } = await serveEcho("--log-file", file);
    expect(await server.kill("SIGINT")).toBe(0);
    expect(server.stderr).toBe("");
    expect(logged(readFileSync(file, "utf8")).map(({ msg }) => msg)).toEqual([
      "listening",
      "no longer listening",
      "draining",
      "drained",
    ]);
    rmSync(directory, { recursive: true });
  });

  it.each([
    ["length-prefix", Buffer.from([0, 0, 0, 2, 0xff, 0x0a, 0, 0, 0, 0])],
    ["raw", Buffer.from([0xff, 0x0d, 0x0a, 0])],
  ])("speaks %s", async (codec, bytes) => {
    const { port } = await serveEcho("--codec", codec);
    const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
    socket.end(bytes);
    const pieces: Buffer[] = [];
    for await (const piece of socket) pieces.push(piece as Buffer);
    expect(Buffer.concat(pieces)).toEqual(bytes);
  });

  it("says that a port is taken, and exits 1", async () => {
    const { url } = await serveEcho();
    const second = parley("serve", "echo", "--listen", url);
    expect(await second.ended).toBe(1);
    expect(second.stderr).toMatch(/^parley: tcp:.* is in use by another program; choose another port.*\n$/);
    expect(second.stdout).toBe("");
  });
});
