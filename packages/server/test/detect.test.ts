import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import {
  codec,
  contentLength,
  describeCloseReason,
  encode,
  json,
  jsonFrames,
  jsonLines,
  msgpackFrames,
  textLines,
} from "@parley/core";
import { manualClock } from "@parley/testkit";
import { afterEach, describe, expect, it } from "vitest";
import {
  createServer,
  type DetectOptions,
  detect,
  echo,
  matchContentLength,
  matchJson,
  matchJsonFrames,
  matchMsgpackFrames,
  matchText,
  type Server,
} from "../src/index.ts";

const lsp = codec(contentLength(), json());
const shout = {
  message: (line: string, connection: { send(line: string): boolean }) =>
    void connection.send(line.toUpperCase()),
};
const candidates = [
  { match: matchJson, codec: jsonLines() },
  { match: matchContentLength, codec: lsp },
  { match: matchJsonFrames, codec: jsonFrames() },
  { match: matchMsgpackFrames, codec: msgpackFrames() },
  { match: matchText, codec: textLines(), handler: shout },
];

let server: Server<Uint8Array>;
afterEach(() => server.close({ graceMs: 0 }));

/** Serves `candidates` at one port; `reasons` are why connections were closed, as they are. */
async function serve(options: Partial<DetectOptions> = {}) {
  server = createServer({ ...detect({ candidates, handler: echo(), ...options }) });
  const closed: Promise<string>[] = [];
  const waiting: ((reason: string) => void)[] = [];
  server.events.on("closed", ({ reason }) => waiting.shift()?.(describeCloseReason(reason)));
  const [address = ""] = await server.listen("tcp://127.0.0.1:0");
  const untilClosed = (): Promise<string> => {
    const reason = new Promise<string>((resolve) => waiting.push(resolve));
    closed.push(reason);
    return reason;
  };
  return { port: Number(new URL(address).port), untilClosed };
}

/** Sends bytes and a FIN; resolves with what comes back. */
async function ask(port: number, ...chunks: (string | Uint8Array)[]): Promise<Buffer> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  await once(socket, "connect");
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  for (const chunk of chunks) {
    socket.write(chunk);
    await new Promise(setImmediate);
  }
  socket.end();
  await once(socket, "close");
  return Buffer.concat(received);
}

describe("one port with detect()", () => {
  const value = { id: 1, method: "add", params: [1, 2] };
  it.each([
    ["JSON lines", encode(jsonLines(), value).bytes],
    ["Content-Length", encode(lsp, value).bytes],
    ["length-prefixed JSON", encode(jsonFrames(), value).bytes],
    ["length-prefixed MessagePack", encode(msgpackFrames(), value).bytes],
  ])("serves %s, however the first bytes are cut", async (_, request) => {
    const { port } = await serve();
    for (const cut of [1, 2, 4, 5, 14, request.length - 1]) {
      const reply = await ask(port, request.subarray(0, cut), request.subarray(cut), request);
      expect(reply).toEqual(Buffer.concat([request, request]));
    }
  });

  it("gives a candidate its own handler", async () => {
    const { port } = await serve();
    expect((await ask(port, "hello\nwor", "ld\n")).toString()).toBe("HELLO\nWORLD\n");
  });

  it("decides by what there is when the input ends, and closes who says nothing in good order", async () => {
    const { port, untilClosed } = await serve();
    expect((await ask(port, "Con")).toString()).toBe("CON\n");
    const closed = untilClosed();
    expect((await ask(port)).length).toBe(0);
    expect(await closed).toBe("closed by the other side");
  });

  it("closes who is none of the candidates, or leaves them to the fallback", async () => {
    const first = await serve();
    const closed = first.untilClosed();
    expect((await ask(first.port, "\x01\x02\x03")).length).toBe(0);
    expect(await closed).toBe(
      "malformed input: The client speaks none of the protocols that this port does.",
    );
    await server.close({ graceMs: 0 });
    const second = await serve({
      candidates: candidates.slice(0, 1),
      fallback: { codec: textLines(), handler: shout },
    });
    expect((await ask(second.port, "no json\n")).toString()).toBe("NO JSON\n");
  });

  it("has a deadline for who says nothing, or too little", async () => {
    const clock = manualClock();
    const { port, untilClosed } = await serve({ clock, deadlineMs: 100, candidates: candidates.slice(0, 2) });
    const socket = connect({ port, host: "127.0.0.1" });
    const ended = once(socket, "close");
    socket.resume();
    const closed = untilClosed();
    const served = new Promise((resolve) => server.events.once("serving", resolve));
    await served;
    clock.advance(99);
    expect(server.counters.serving).toBe(1);
    clock.advance(1);
    await ended;
    expect(await closed).toBe("said too little within 100 ms to tell which protocol it speaks");
  });

  it("lets the fallback speak first to who says nothing in time", async () => {
    const clock = manualClock();
    const greet = {
      open: (connection: { send(line: string): boolean }) => void connection.send("welcome"),
      message() {},
    };
    const { port } = await serve({ clock, fallback: { codec: textLines(), handler: greet } });
    const socket = connect({ port, host: "127.0.0.1" });
    await new Promise((resolve) => server.events.once("serving", resolve));
    clock.advance(5_000);
    const [chunk] = await once(socket, "data");
    expect(chunk.toString()).toBe("welcome\n");
    socket.destroy();
  });

  it("refuses candidates without a handler", () => {
    expect(() => detect({ candidates })).toThrow(expect.objectContaining({ code: "bad-option" }));
    expect(() => detect({ candidates: [], deadlineMs: 0 })).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
  });
});

const has = (program: string): boolean => spawnSync("which", [program]).status === 0;

/** Runs a program to its end with `input`; resolves with all that it printed. */
async function run(program: string, args: readonly string[], input = ""): Promise<string> {
  const child = spawn(program, args, { stdio: "pipe" });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return out + error;
}

describe("real programs at one port", () => {
  it.skipIf(!has("nc"))("nc is served (skipped without netcat)", async () => {
    const { port } = await serve();
    expect(await run("nc", ["-N", "127.0.0.1", String(port)], '{"id":1}\n[2]\n')).toBe('{"id":1}\n[2]\n');
    expect(await run("nc", ["-N", "127.0.0.1", String(port)], "some text")).toBe("SOME TEXT\n");
  });

  it.skipIf(!has("curl"))("curl is told that this is no HTTP (skipped without curl)", async () => {
    const { port, untilClosed } = await serve();
    const closed = untilClosed();
    const printed = await run("curl", ["-si", "--max-time", "10", `http://127.0.0.1:${port}/`]);
    expect(printed).toMatch(/^HTTP\/1\.1 400 Bad Request[^]*This port does not speak HTTP\.\n$/);
    expect(await closed).toBe("malformed input: The client speaks HTTP, which this port does not.");
  });

  it.skipIf(!has("openssl"))("openssl is told that this is no TLS (skipped without openssl)", async () => {
    const { port, untilClosed } = await serve();
    const closed = untilClosed();
    expect(await run("openssl", ["s_client", "-connect", `127.0.0.1:${port}`])).toMatch(
      /alert protocol version/,
    );
    expect(await closed).toBe("malformed input: The client speaks TLS, which this port does not.");
  });

  it.skipIf(!has("ssh"))("ssh is told that this is no SSH (skipped without ssh)", async () => {
    const { port, untilClosed } = await serve();
    const closed = untilClosed();
    const options = [
      "-v",
      "-F",
      "none",
      "-o",
      "BatchMode=yes",
      "-o",
      "StrictHostKeyChecking=no",
      "-o",
      "UserKnownHostsFile=none",
    ];
    const printed = await run("ssh", [...options, "-p", String(port), "nobody@127.0.0.1", "true"]);
    expect(printed).toContain("This port does not speak SSH.");
    expect(await closed).toBe("malformed input: The client speaks SSH, which this port does not.");
  });
});
