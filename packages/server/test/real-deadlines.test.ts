import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { type CloseReason, type Connection, type ParleyError, textLines } from "@parley/core";
import { type RecordedStream, recordStream } from "@parley/testkit";
import { socketDial, tlsDial, tlsListener } from "@parley/transport";
import { describe, expect, it } from "vitest";
import {
  createServer,
  echo,
  pipe,
  rateLimit,
  requestTimeout,
  type Server,
  type ServerOptions,
} from "../src/index.ts";
import { deferred } from "./stage.ts";

const withoutOpenssl = spawnSync("openssl", ["version"]).status !== 0;

/** A certificate for 127.0.0.1 that vouches for itself; made once. */
let made: { readonly cert: string; readonly key: string } | undefined;
function certificate(): { readonly cert: string; readonly key: string } {
  if (made !== undefined) return made;
  const cwd = mkdtempSync(join(tmpdir(), "parley-deadlines-"));
  try {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key"];
    const subject = ["-subj", "/CN=parley", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...key, ...subject, "-out", "cert"], { cwd, stdio: "pipe" });
    made = { cert: readFileSync(join(cwd, "cert"), "utf8"), key: readFileSync(join(cwd, "key"), "utf8") };
    return made;
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

type Scheme = "tcp" | "tls";

/** No limit in time but those that a test is about. */
const noTimeouts = {
  idleTimeoutMs: Number.POSITIVE_INFINITY,
  frameTimeoutMs: Number.POSITIVE_INFINITY,
  writeStallMs: Number.POSITIVE_INFINITY,
};

/** A server at a real port, with a dial to it. */
interface Service extends AsyncDisposable {
  readonly server: Server<string>;
  /** Why the connection of that id was closed. */
  closed(id: string): Promise<CloseReason>;
  dial(): Promise<RecordedStream>;
}

async function service(scheme: Scheme, options: Partial<ServerOptions<string>>): Promise<Service> {
  const server = createServer<string>({ codec: textLines(), handler: echo(), ...noTimeouts, ...options });
  const reasons = new Map<string, ReturnType<typeof deferred<CloseReason>>>();
  const closed = (id: string): ReturnType<typeof deferred<CloseReason>> => {
    const known = reasons.get(id) ?? deferred<CloseReason>();
    reasons.set(id, known);
    return known;
  };
  server.events.on("closed", ({ connection, reason }) => closed(connection.id).resolve(reason));
  const place = scheme === "tcp" ? "tcp://127.0.0.1:0" : tlsListener("tls://127.0.0.1:0", certificate());
  const [address = ""] = await server.listen(place);
  const dial = scheme === "tcp" ? socketDial(address) : tlsDial(address, { ca: certificate().cert });
  return {
    server,
    closed: (id) => closed(id).promise,
    dial: async () => recordStream(await dial()),
    [Symbol.asyncDispose]: async () => void (await server.close({ graceMs: 0 })),
  };
}

/** A good client that talks all the time; `stop` holds if it was never cut nor kept waiting for ever. */
async function probe({ dial }: Service): Promise<{ stop(): Promise<void> }> {
  const caller = await dial();
  let talking = true;
  const talk = async (): Promise<void> => {
    for (let said = 1; talking; said++) {
      caller.send("probe\n");
      await caller.until(({ length, end }) => length >= 6 * said || end !== undefined);
      if (caller.end !== undefined) throw new Error(`The probe was cut after ${said} messages.`);
      await after(20);
    }
  };
  const talked = talk();
  talked.catch(() => {});
  return {
    async stop() {
      talking = false;
      await talked;
      caller.stream.end();
      await caller.untilClosed();
    },
  };
}

/** Why the one is closed who does that, while a good client talks beside it, which is not. */
async function provoke(
  scheme: Scheme,
  options: Partial<ServerOptions<string>>,
  offend: (caller: RecordedStream) => unknown,
  { answersFin = true }: { readonly answersFin?: boolean } = {},
): Promise<CloseReason> {
  await using offered = await service(scheme, options);
  const serving = new Promise((resolve) => offered.server.events.once("serving", resolve));
  const offender = await offered.dial();
  await serving;
  const good = await probe(offered);
  if (answersFin) void offender.untilEnded().then(() => offender.stream.end());
  offend(offender);
  const reason = await offered.closed("c1");
  await good.stop();
  offender.stream.destroy();
  return reason;
}

/** Sends that, byte by byte, at odd moments that `seed` decides, until the connection is gone. */
async function drip(caller: RecordedStream, bytes: string, seed: number): Promise<void> {
  let state = seed;
  for (let at = 0; !caller.hasEnded && caller.end === undefined; at++) {
    caller.send(bytes[at % bytes.length] as string);
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    await after(10 + (state / 2 ** 32) * 140);
  }
}

/** Answers with much more than the system's buffers hold. */
const flood = {
  message(message: string, connection: Connection<string>): void {
    if (message !== "flood") return void connection.send(message);
    const line = "x".repeat(1_000_000);
    for (let sent = 0; sent < 40; sent++) connection.send(line);
  },
};
const floodBytes = 40 * 1_000_001;
const roomForAll = { maxBufferedBytes: 2 * floodBytes };

function neverReads(caller: RecordedStream): void {
  caller.stream.pause();
  caller.send("flood\n");
}

async function readsSlowly(caller: RecordedStream): Promise<void> {
  caller.send("flood\n");
  while (caller.length < floodBytes && caller.end === undefined) {
    caller.stream.pause();
    await after(5);
    const { length } = caller;
    caller.stream.resume();
    await caller.until((now) => now.length > length || now.end !== undefined);
  }
  caller.stream.end();
}

// All of them share one event loop with the floods: a limit that somebody is to keep is a long one.
for (const scheme of ["tcp", "tls"] as const) {
  describe.skipIf(scheme === "tls" && withoutOpenssl)(
    `a connection over real ${scheme}`,
    { concurrent: true },
    () => {
      it("that says nothing is closed as idle", async ({ expect }) => {
        const reason = await provoke(scheme, { idleTimeoutMs: 1_500 }, () => {});
        expect(reason).toEqual({ by: "local", kind: "idle", afterMs: 1_500 });
      });

      it("that says nothing any more is closed as idle, although it has sent its FIN", async ({ expect }) => {
        const patient = { ...echo<string>(), ended(): void {} };
        const reason = await provoke(scheme, { idleTimeoutMs: 1_500, handler: patient }, (caller) => {
          caller.send("hello\n");
          caller.stream.end();
        });
        expect(reason).toEqual({ by: "local", kind: "idle", afterMs: 1_500 });
      });

      it("that sends half a frame is cut", async ({ expect }) => {
        const reason = await provoke(scheme, { frameTimeoutMs: 500 }, (caller) => caller.send("half"));
        expect(reason).toEqual({ by: "local", kind: "frame-timeout", afterMs: 500 });
      });

      it("that drips is cut", async ({ expect }) => {
        const seed = Number(process.env["PARLEY_SEED"] ?? Date.now() >>> 0);
        const reason = await provoke(
          scheme,
          { frameTimeoutMs: 500 },
          (caller) => void drip(caller, "x", seed),
        );
        expect(reason, `seed ${seed}`).toEqual({ by: "local", kind: "frame-timeout", afterMs: 500 });
      });

      it("that drips what is passed over is cut", async ({ expect }) => {
        const seed = Number(process.env["PARLEY_SEED"] ?? Date.now() >>> 0);
        const spoken = textLines({ maxFrameBytes: 8, onTooLong: "skip" });
        const reason = await provoke(scheme, { codec: spoken, frameTimeoutMs: 500 }, (caller) => {
          void drip(caller, "x", seed);
        });
        expect(reason, `seed ${seed}`).toEqual({ by: "local", kind: "frame-timeout", afterMs: 500 });
      });

      it("that sends no first message is closed", async ({ expect }) => {
        const reason = await provoke(scheme, { firstMessageTimeoutMs: 1_000 }, () => {});
        expect(reason).toEqual({ by: "local", kind: "first-message-timeout", afterMs: 1_000 });
      });

      it("that never reads is cut", async ({ expect }) => {
        const reason = await provoke(
          scheme,
          { writeStallMs: 500, handler: flood, ...roomForAll },
          neverReads,
        );
        expect(reason).toEqual({ by: "local", kind: "write-stall", afterMs: 500 });
      });

      it("that reads slowly is not cut", async ({ expect }) => {
        const reason = await provoke(
          scheme,
          // The kernel asks for more only when half of its megabytes are free.
          { writeStallMs: 1_500, handler: flood, ...roomForAll },
          (caller) => void readsSlowly(caller),
        );
        expect(reason).toEqual({ by: "remote", kind: "ended" });
      });

      it("that has vanished is given up", async ({ expect }) => {
        const heartbeat = { intervalMs: 1_000, message: "ping" };
        const reason = await provoke(scheme, { heartbeat }, (caller) => caller.stream.pause());
        expect(reason).toEqual({ by: "local", kind: "unresponsive", afterMs: 2_000 });
      });

      it("that answers each heartbeat is not", async ({ expect }) => {
        const heartbeat = { intervalMs: 1_500, message: "ping" };
        const handler = {
          message: (message: string, connection: Connection<string>) => {
            if (message !== "pong") connection.send(message);
          },
        };
        const answer = async (caller: RecordedStream): Promise<void> => {
          for (let pings = 1; pings <= 3; pings++) {
            await caller.until(({ length, end }) => length >= 5 * pings || end !== undefined);
            caller.send("pong\n");
          }
          caller.stream.end();
        };
        const reason = await provoke(scheme, { heartbeat, handler }, (caller) => void answer(caller));
        expect(reason).toEqual({ by: "remote", kind: "ended" });
      });

      it("that does not end when this side has is cut after a linger", async ({ expect }) => {
        const handler = {
          message: (message: string, connection: Connection<string>) => {
            if (message === "bye") void connection.close();
            else connection.send(message);
          },
        };
        const bye = (caller: RecordedStream): boolean => caller.send("bye\n");
        const reason = await provoke(scheme, { lingerMs: 200, handler }, bye, { answersFin: false });
        expect(reason).toEqual({ by: "local", kind: "ended" });
      });
    },
  );
}

describe("a connection over a real socket", { concurrent: true }, () => {
  it("that does not read all that is sent is cut at maxBufferedBytes", async ({ expect }) => {
    const handler = {
      message(message: string, connection: Connection<string>): void {
        if (message !== "flood") return void connection.send(message);
        while (connection.state === "open") connection.send("x".repeat(1_000_000));
      },
    };
    const maxBufferedBytes = 3_000_000;
    const reason = await provoke("tcp", { maxBufferedBytes, handler }, neverReads);
    expect(reason).toMatchObject({ by: "local", kind: "slow-consumer", limit: maxBufferedBytes });
  });

  it("that sends too long a frame is closed", async ({ expect }) => {
    const codec = textLines({ maxFrameBytes: 16 });
    const reason = await provoke("tcp", { codec }, (caller) => caller.send("x".repeat(17)));
    expect(reason).toEqual({ by: "local", kind: "frame-too-long", limit: 16 });
  });

  it("that sends more messages than it may is closed", async ({ expect }) => {
    const handler = pipe(
      echo<string>(),
      rateLimit({ messagesPerSecond: 100, burst: 200, onExceeded: "close" }),
    );
    const reason = await provoke("tcp", { handler }, (caller) => caller.send("x\n".repeat(1_000)));
    expect(reason).toEqual({ by: "local", kind: "rate-limited", unit: "messages", perSecond: 100 });
  });

  it("whose message takes too long to handle is closed", async ({ expect }) => {
    const work: Promise<void> = new Promise(() => {});
    const handler = pipe(
      {
        message: (message: string, connection: Connection<string>) =>
          message === "slow" ? work : void connection.send(message),
      },
      requestTimeout(300),
    );
    const reason = await provoke("tcp", { handler }, (caller) => caller.send("slow\n"));
    expect(reason).toEqual({ by: "local", kind: "request-timeout", afterMs: 300 });
  });
});

describe("the limits on connections, over real sockets", () => {
  it("reset who is one too many, and let in others once there is room", async () => {
    await using offered = await service("tcp", { maxConnections: 2 });
    const { server, dial } = offered;
    const told: string[] = [];
    server.events.on("refused", ({ connection, reason }) => told.push(`${connection.id} ${reason.kind}`));
    server.events.on("limit-reached", ({ reason }) => told.push(`reached ${reason.kind}`));
    server.events.on("limit-left", ({ kind }) => told.push(`left ${kind}`));
    const two = [await dial(), await dial()];
    for (const caller of two) {
      caller.send("hello\n");
      await caller.untilText("hello\n");
    }
    for (let more = 0; more < 3; more++) {
      // The reset may come as early as that nothing was dialled at all.
      const cut = await dial().then(
        async (caller) => (await caller.untilClosed()).end?.error,
        (error: ParleyError) => error.cause,
      );
      expect(cut).toMatchObject({ code: "ECONNRESET" });
    }
    two[0]?.stream.end();
    await offered.closed("c1");
    const next = await dial();
    next.send("hello\n");
    await next.untilText("hello\n");
    const refused = ["c3", "c4", "c5"].map((id) => `${id} connection-limit`);
    expect(told).toEqual(["reached connection-limit", ...refused, "left connection-limit"]);
    expect(server.counters).toMatchObject({ serving: 2, refused: 3, refusals: { "connection-limit": 3 } });
    for (const caller of [two[1], next]) caller?.stream.destroy();
  });

  it.skipIf(process.platform !== "linux")("count every address by itself", async () => {
    await using offered = await service("tcp", { maxConnectionsPerAddress: 1, refusal: "one each" });
    const { server, dial } = offered;
    const first = await dial();
    first.send("hello\n");
    await first.untilText("hello\n");
    const second = await (await dial()).untilEnded();
    expect(second.text).toBe("one each\n");
    second.stream.end();
    const served = new Promise<string>((resolve) =>
      server.events.once("serving", ({ connection }) => resolve(connection.remoteAddress)),
    );
    const port = Number(new URL(server.addresses[0] as string).port);
    const other = connectTcp({ port, host: "127.0.0.1", localAddress: "127.0.0.2" });
    expect(await served).toMatch(/^tcp:\/\/127\.0\.0\.2:/);
    first.stream.end();
    await offered.closed("c1");
    const again = await dial();
    again.send("hello again\n");
    await again.untilText("hello again\n");
    expect(server.counters).toMatchObject({ serving: 2, refused: 1, refusals: { "address-limit": 1 } });
    other.destroy();
    again.stream.destroy();
  });
});
