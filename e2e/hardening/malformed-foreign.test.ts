import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bytes,
  type Codec,
  codec,
  contentLength,
  delimited,
  type ForeignProtocol,
  type FrameCodec,
  json,
  jsonFrames,
  jsonLines,
  jsonStream,
  lengthPrefix,
  msgpackFrames,
  netstring,
  textLines,
} from "@parley/core";
import { contract } from "@parley/rpc";
import { createServer, echo, type FileLog, fileLog, type Server, serve } from "@parley/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { besideAProbe, type GoodClient } from "./beside-a-probe.ts";
import { rawClient } from "./raw-client.ts";

const greetings: readonly (readonly [ForeignProtocol, Uint8Array])[] = [
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n")],
  // As openssl sends it: the record, the hello in it, its version, and 506 bytes that mean nothing to anybody else.
  ["TLS", Buffer.concat([Buffer.from("1603010200010001fc0303", "hex"), Buffer.alloc(506, 0xa5)])],
  ["SSH", Buffer.from("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")],
];

type Logger = FileLog["logger"];

const framed = (frame: FrameCodec): Codec<Uint8Array> => codec(frame, bytes());

interface Framing {
  readonly name: string;
  readonly codec: Codec<unknown>;
  /** What is a message, or several, in it. */
  readonly takes?: readonly ForeignProtocol[];
}

const framings: readonly Framing[] = [
  { name: "lengthPrefix", codec: framed(lengthPrefix()) },
  { name: "lengthPrefix of 2 bytes", codec: framed(lengthPrefix({ width: 2 })) },
  { name: "lengthPrefix of 3 bytes", codec: framed(lengthPrefix({ width: 3 })) },
  { name: "lengthPrefix of 8 bytes", codec: framed(lengthPrefix({ width: 8 })) },
  { name: "lengthPrefix as varint", codec: framed(lengthPrefix({ width: "varint" })), takes: ["TLS"] },
  { name: "jsonFrames", codec: jsonFrames() },
  { name: "msgpackFrames", codec: msgpackFrames() },
  { name: "netstring", codec: framed(netstring()) },
  { name: "contentLength", codec: codec(contentLength(), json()) },
  { name: "jsonStream", codec: codec(jsonStream(), json()) },
  { name: "jsonLines", codec: jsonLines() },
  { name: "delimited by NUL", codec: framed(delimited({ delimiters: ["\0"] })), takes: ["TLS"] },
  { name: "textLines", codec: textLines(), takes: ["HTTP", "SSH"] },
];

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parley-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** A client that says nothing, since what it could say differs; it connects, and is let in. */
async function silentClient(url: string): Promise<GoodClient> {
  const stays = await rawClient(url);
  return {
    request: async () => {},
    connect: async () => {
      const { gone } = (await rawClient(url)).end();
      await gone;
    },
    close: () => stays.end().gone,
  };
}

interface Logged {
  readonly msg: string;
  readonly reason?: string;
}

/** Greets a server; answers what it has logged of who was closed. */
async function greeted<T>(make: (logger: Logger) => Server<T>, greeting: Uint8Array): Promise<string[]> {
  const file = join(directory, "parley.log");
  const log = fileLog(file);
  await besideAProbe(make(log.logger), silentClient, async (url) => {
    const client = await rawClient(url);
    client.send(greeting);
    await client.gone;
  });
  log.close();
  return closedIn(await readFile(file, "utf8"));
}

/** Why those were closed who had not ended it themselves. */
function closedIn(log: string): string[] {
  return log
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Logged)
    .filter(({ msg }) => msg === "closed")
    .map(({ reason = "" }) => reason)
    .filter((reason) => !reason.startsWith("closed by"));
}

describe.each(greetings)("a client of %s", (protocol, greeting) => {
  const strange = framings.filter(({ takes }) => !takes?.includes(protocol));
  const looks = expect.stringMatching(new RegExp(`; this looks like ${protocol}$`));

  it.each(strange)("is cut off by $name, and one line says what it was", async ({ codec }) => {
    const reasons = await greeted(
      // Some of them take it for the beginning of a frame, which has 750 ms then: see below.
      (logger) => createServer({ logger, codec, handler: echo(), frameTimeoutMs: 100 }),
      greeting,
    );
    expect(reasons).toEqual([looks]);
  });

  it("is cut off within a second by all of them, with their own deadlines", async () => {
    const file = join(directory, "parley.log");
    const { logger, close } = fileLog(file);
    const servers = strange.map(({ codec }) => createServer({ logger, codec, handler: echo() }));
    await Promise.all(
      servers.map(async (server) => {
        const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
        await (await rawClient(url)).send(greeting).gone;
        await server.close();
      }),
    );
    close();
    const reasons = closedIn(await readFile(file, "utf8"));
    expect(reasons).toEqual(strange.map(() => looks));
    // What is refused by its header has no deadline, and what begins a frame has that.
    const deadlines = reasons.map((reason) => /within ([\d,]+ ms)/.exec(reason)?.[1] ?? "750 ms");
    expect(new Set(deadlines)).toEqual(new Set(["750 ms"]));
  });

  it("is told by a contract's port, which detects, and one line says what it was", async () => {
    const nothing = contract("nothing", { methods: {} });
    const reasons = await greeted(
      (logger) => createServer({ logger, handler: serve(nothing, {}) }),
      greeting,
    );
    expect(reasons).toEqual([`malformed input: The client speaks ${protocol}, which this port does not.`]);
  });
});

it("a greeting that announces a frame has 750 ms for it, and not the 10 seconds of others", async () => {
  const [, tls] = greetings[1] as (typeof greetings)[1];
  const reasons = await greeted(
    (logger) => createServer({ logger, codec: textLines(), handler: echo() }),
    tls,
  );
  expect(reasons).toEqual(["began a frame and did not complete it within 750 ms; this looks like TLS"]);
});

it("a line that begins so and is completed is a line like others", async () => {
  const server = createServer({ codec: textLines(), handler: echo<string>(), frameTimeoutMs: 100 });
  const reasons = await besideAProbe(server, silentClient, async (url) => {
    const client = await rawClient(url);
    client.send("SSH-keys are ", "welcome\nGET / HTTP/1.1\n");
    await client.until(({ text }) => text === "SSH-keys are welcome\nGET / HTTP/1.1\n");
    await client.end().gone;
  });
  expect(Object.keys(reasons)).toEqual(["ended"]);
});
