import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { type Child, parley, serveEcho } from "./child.ts";

/** Starts a service; resolves with its port. */
async function serve(...args: string[]): Promise<{ server: Child; port: number }> {
  const server = parley("serve", ...args, "--listen", "tcp://127.0.0.1:0");
  const [, port] = await server.until("stdout", /^listening tcp:\/\/127\.0\.0\.1:(\d+)\n/);
  return { server, port: Number(port) };
}

/** Sends text and a FIN; resolves with all that comes back. */
async function ask(port: number, text: string): Promise<Buffer> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const pieces: Buffer[] = [];
  socket.on("data", (piece) => pieces.push(piece));
  socket.end(text);
  await once(socket, "close");
  return Buffer.concat(pieces);
}

describe("parley serve", () => {
  it("discard answers nothing", async () => {
    const { port } = await serve("discard");
    expect((await ask(port, "into the void\n")).length).toBe(0);
  });

  it("daytime and time tell the time and close", async () => {
    const daytime = await serve("daytime");
    expect((await ask(daytime.port, "")).toString()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\r\n$/);
    const time = await serve("time");
    const seconds = (await ask(time.port, "")).readUInt32BE(0);
    expect(new Date((seconds - 2_208_988_800) * 1_000).getUTCFullYear()).toBe(new Date().getUTCFullYear());
  });

  it("chargen sends for as long as it is read", async () => {
    const { port } = await serve("chargen");
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.setEncoding("latin1").on("data", (piece) => {
      text += piece;
      if (text.length > 100_000) socket.destroy();
    });
    await once(socket, "close");
    expect(text.split("\r\n").slice(0, 2)).toEqual([
      " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg",
      "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh",
    ]);
  });

  it("broadcast carries lines to all others", async () => {
    const { port } = await serve("broadcast");
    const [ann, ben] = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
    await Promise.all([once(ann, "connect"), once(ben, "connect")]);
    const heard = once(ben, "data");
    // Ben may not be served yet when Ann's first line comes: she goes on until he hears one.
    const again = setInterval(() => ann.write("hello\n"), 10);
    const [line] = (await heard) as [Buffer];
    clearInterval(again);
    expect(line.toString()).toMatch(/^(hello\n)+$/);
    ann.destroy();
    ben.destroy();
  });

  it("proxy carries everything over to another address", async () => {
    const behind = await serveEcho();
    const { port } = await serve("proxy", "--to", behind.url);
    expect((await ask(port, "through\n")).toString()).toBe("through\n");
  });

  it("refuses who comes beyond --max-per-address", async () => {
    const { server, port } = await serve("echo", "--max-per-address", "1", "--log-level", "warn");
    const first = connect(port, "127.0.0.1");
    first.write("a\n");
    await once(first, "data");
    const second = connect(port, "127.0.0.1").on("error", () => {});
    await new Promise((resolve) => second.on("close", resolve));
    await server.until("stderr", /there are 1 connections from its address already/);
    first.destroy();
  });

  it("ends who is idle for --idle-timeout", async () => {
    const { server, port } = await serve("echo", "--idle-timeout", "200", "--log-level", "warn");
    const idle = connect(port, "127.0.0.1").resume();
    await once(idle, "end");
    await server.until("stderr", /idle for 200 ms/);
  });

  it("hands over to a new process upon SIGUSR2, and exits 0", async () => {
    const { server, port } = await serve("echo");
    const held = connect(port, "127.0.0.1").setEncoding("utf8");
    held.write("one\n");
    await once(held, "data");
    const ended = once(held, "end");
    const exited = once(server.process, "exit");
    server.process.kill("SIGUSR2");
    const [, pid] = await server.until("stdout", /handed over to (\d+)\n/);
    const successor = Number(pid);
    try {
      const [, again] = await server.until(
        "stdout",
        /^listening .*\n[^]*listening tcp:\/\/127\.0\.0\.1:(\d+)\n/,
      );
      expect(Number(again)).toBe(port);
      await ended;
      expect(await exited).toEqual([0, null]);
      expect((await ask(port, "two\n")).toString()).toBe("two\n");
    } finally {
      process.kill(successor, "SIGTERM");
    }
    expect(await server.ended).toBe(0);
  });

  it.each([
    [["echo", "--listen", "tls://127.0.0.1:0"], /needs a certificate; give --tls-cert and --tls-key/],
    [
      ["echo", "--listen", "tls://127.0.0.1:0", "--tls-cert", "/nowhere.pem", "--tls-key", "/nowhere.pem"],
      /\/nowhere\.pem cannot be read/,
    ],
  ])("says what %j lacks, and exits 1", async (args, message) => {
    const child = parley("serve", ...args);
    expect(await child.ended).toBe(1);
    expect(child.stderr).toMatch(message);
  });

  it("wants to know where a proxy connects to, and exits 2", async () => {
    const child = parley("serve", "proxy");
    expect(await child.ended).toBe(2);
    expect(child.stderr).toMatch(/--to <url>/);
  });
});
