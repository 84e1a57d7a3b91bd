import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import {
  type AddressInfo,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parley, parleyIn, serveEcho } from "./child.ts";

const servers: NetServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A service of the test's own on plain sockets. */
async function serve(serveOne: (socket: Socket) => void): Promise<string> {
  const server = createNetServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    serveOne(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("parley send", () => {
  it.each([
    ["lines", "a\r\nb\n日本\n\nlast", "a\nb\n日本\n\nlast\n"],
    ["length-prefix", "a\nb\n\nlast", "a\nb\n\nlast\n"],
    ["raw", "a\r\nb\0last", "a\r\nb\0last"],
  ])("sends stdin and prints what comes back, as %s", async (codec, sent, expected) => {
    const { url } = await serveEcho("--codec", codec);
    const child = parley("send", url, "--codec", codec);
    child.process.stdin.end(sent);
    expect(await child.ended).toBe(0);
    expect(child.stdout).toBe(expected);
    expect(child.stderr).toBe("");
  });

  it("passes bytes that are no text, and more of them than any buffer holds", async () => {
    const { url } = await serveEcho();
    const line = Buffer.from([0xff, 0, 0x1b, 0x9b, 0x0a]);
    const sent = Buffer.concat(Array.from({ length: 200_000 }, () => line));
    const child = parley("send", url);
    const pieces: Buffer[] = [];
    child.process.stdout
      .removeAllListeners("data")
      .on("data", (piece: string) => pieces.push(Buffer.from(piece, "latin1")));
    child.process.stdout.setEncoding("latin1");
    child.process.stdin.end(sent);
    expect(await child.ended).toBe(0);
    expect(Buffer.concat(pieces).equals(sent)).toBe(true);
  });

  it("prints what comes while its input is still open", async () => {
    const { url } = await serveEcho();
    const child = parley("send", url);
    child.process.stdin.write("one\n");
    await child.until("stdout", /^one\n$/);
    child.process.stdin.end("two\n");
    expect(await child.ended).toBe(0);
    expect(child.stdout).toBe("one\ntwo\n");
  });

  it("waits for the other end after its own FIN", async () => {
    const url = await serve((socket) => socket.on("end", () => socket.end("after your FIN\n")).resume());
    const child = parley("send", url);
    child.process.stdin.end();
    expect(await child.ended).toBe(0);
    expect(child.stdout).toBe("after your FIN\n");
  });

  it("ends with the other end, though its own input is still open", async () => {
    const url = await serve((socket) => socket.end("busy, come back later\n"));
    const child = parley("send", url);
    expect(await child.ended).toBe(0);
    expect(child.stdout).toBe("busy, come back later\n");
  });

  it("exits 1 and says why if the connection is lost", async () => {
    const url = await serve((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const child = parley("send", url);
    child.process.stdin.write("hello\n");
    expect(await child.ended).toBe(1);
    expect(child.stderr).toMatch(/^parley: .*lost \(ECONNRESET\).*\n$/);
  });

  it.each([
    ["more than was sent", 'yes | head -c 30000000 > $0; exec "$@" < $0', 1],
    ["nothing more than was sent", 'echo hello > $0; exec "$@" < $0', 0],
  ])("knows of a file that it holds %s", async (_, script, code) => {
    const url = await serve((socket) => socket.once("data", () => socket.end()));
    const directory = mkdtempSync(join(tmpdir(), "parley-"));
    const child = parleyIn(["sh", "-c", script, join(directory, "input")], "send", url);
    expect(await child.ended).toBe(code);
    rmSync(directory, { recursive: true });
  });

  it("exits 1 if nobody listens", async () => {
    const url = await serve(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const child = parley("send", url);
    expect(await child.ended).toBe(1);
    expect(child.stderr).toBe(
      `parley: No connection to ${url}: nobody listens there; start the server, or check the address.\n`,
    );
  });

  it("exits 1 upon a line that no frame can hold", async () => {
    const { url } = await serveEcho();
    const child = parley("send", url);
    child.process.stdin.end("x".repeat(1024 * 1024 + 1));
    expect(await child.ended).toBe(1);
    expect(child.stderr).toMatch(/^parley: .*limit of 1048576.*\n$/);
  });

  it("ends quietly when nobody reads its output any more", async () => {
    const url = await serve((socket) => {
      const more = (): void => {
        while (socket.writable && socket.write(`${"x".repeat(1000)}\n`));
      };
      socket.on("drain", more);
      more();
    });
    const child = parley("send", url);
    await child.until("stdout", /x\n/);
    child.process.stdout.destroy();
    expect(await child.ended).toBe(0);
    expect(child.stderr).toBe("");
  });
});
