import {
  bytes,
  type CloseReason,
  type Codec,
  codec,
  contentLength,
  encode,
  lengthPrefix,
  netstring,
} from "@parley/core";
import { createServer, echo } from "@parley/server";
import { memoryHeld } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import { besideAProbe, echoedClient } from "./beside-a-probe.ts";
import { rawClient } from "./raw-client.ts";

const mebibyte = 1024 * 1024;
const copies = 8;
const beyond53 = 2n ** 53n + 1n;

/** A framing that announces lengths, and how one would write them. */
interface Announcing {
  readonly codec: Codec<Uint8Array>;
  /** The header for a length. */
  readonly header: (length: bigint) => Uint8Array;
  /** Too long, and how long they are then said to be. */
  readonly tooLong: readonly (readonly [bigint, number | undefined])[];
  /** Headers that mean no length. */
  readonly malformed: readonly (string | Uint8Array)[];
}

const known = (...lengths: bigint[]): (readonly [bigint, number])[] =>
  lengths.map((length) => [length, Number(length)]);
const max = BigInt(mebibyte);
const usual = [max + 1n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n];

function fixed(
  width: 1 | 2 | 3 | 4 | 8,
  endian: "big" | "little",
  limit: bigint,
  ...lengths: bigint[]
): Announcing {
  return {
    codec: codec(lengthPrefix({ width, endian, maxFrameBytes: Number(limit) }), bytes()),
    header(length) {
      const header = Buffer.from(length.toString(16).padStart(2 * width, "0"), "hex");
      return endian === "big" ? header : header.reverse();
    },
    // The last is -1 in two's complement.
    tooLong: known(limit + 1n, ...lengths, 2n ** BigInt(8 * width) - 1n),
    malformed: [],
  };
}

function varint(length: bigint): Uint8Array {
  const header: number[] = [];
  let rest = length;
  for (; rest >= 128n; rest >>= 7n) header.push(Number(rest & 127n) | 128);
  return Uint8Array.of(...header, Number(rest));
}

const decimalJunk = ["-1", "+1", "1e3", "0x10", "12abc", " ", "1 1", "٣"];

const framings: Record<string, Announcing> = {
  "lengthPrefix of 1 byte": fixed(1, "big", 100n, 128n),
  "lengthPrefix of 2 bytes": fixed(2, "big", 1000n, 2n ** 15n),
  "lengthPrefix of 2 bytes, little endian": fixed(2, "little", 1000n, 2n ** 15n),
  "lengthPrefix of 3 bytes": fixed(3, "big", max, 2n ** 23n),
  "lengthPrefix of 4 bytes": fixed(4, "big", max, 2n ** 31n - 1n, 2n ** 31n),
  "lengthPrefix of 4 bytes, little endian": fixed(4, "little", max, 2n ** 31n - 1n, 2n ** 31n),
  "lengthPrefix of 8 bytes": fixed(8, "big", max, ...usual, beyond53, 2n ** 63n),
  "lengthPrefix of 8 bytes, little endian": fixed(8, "little", max, ...usual, beyond53, 2n ** 63n),
  "lengthPrefix as varint": {
    codec: codec(lengthPrefix({ width: "varint" }), bytes()),
    header: varint,
    tooLong: known(...usual, beyond53, 2n ** 56n - 1n),
    // The second is -1 as Protocol Buffers write it.
    malformed: [varint(2n ** 56n), varint(2n ** 64n - 1n), varint(2n ** 70n), Uint8Array.of(0x85, 0x00)],
  },
  netstring: {
    codec: codec(netstring(), bytes()),
    header: (length) => Buffer.from(`${length}:`),
    tooLong: [...known(...usual), [beyond53, undefined], [10n ** 20n, undefined]],
    malformed: ["05:", "00:", ":", ...decimalJunk.map((length) => `${length}:`)],
  },
  contentLength: {
    codec: codec(contentLength(), bytes()),
    header: (length) => Buffer.from(`Content-Length: ${length}\r\n\r\n`),
    tooLong: known(...usual, 10n ** 15n - 1n),
    malformed: ["", String(beyond53), String(10n ** 20n), ...decimalJunk].map(
      (length) => `Content-Length: ${length}\r\n\r\n`,
    ),
  },
};

describe.each(Object.entries(framings))("%s", (_, { codec: spoken, header, tooLong, malformed }) => {
  const limit = spoken.frame.maxFrameBytes;

  it("refuses -1, max + 1, 2³¹, 2³² - 1 and beyond 2⁵³ by the header alone, as far as it can say them, and holds under 1 MiB", async () => {
    const server = createServer({ codec: spoken, handler: echo<Uint8Array>() });
    const reasons = new Set<string>();
    const messages: Uint8Array[] = [];
    let most = 0;
    server.events.on("closed", ({ reason }) => {
      // What was made room for would still be held by who is closed in this turn.
      most = Math.max(most, process.memoryUsage().arrayBuffers);
      const { why: _, ...told } = reason as Extract<CloseReason, { kind: "malformed" }>;
      reasons.add(JSON.stringify(told));
    });
    await besideAProbe(
      server,
      (url) => echoedClient(url, spoken, Uint8Array.of(1, 2, 3)),
      async (url) => {
        const headers = [...tooLong.map(([length]) => header(length)), ...malformed];
        const all = headers.flatMap((each) => Array.from({ length: copies }, () => each));
        // They have nothing behind them, and stay: only the header can end them.
        const clients = await Promise.all(all.map(() => rawClient(url)));
        const before = await memoryHeld();
        all.forEach((each, at) => void clients[at]?.send(each));
        await Promise.all(clients.map(({ gone }) => gone));
        expect(most - before.buffers).toBeLessThan(mebibyte);
        for (const client of clients) messages.push(client.received);
      },
    );
    expect([...reasons].filter((reason) => !reason.includes("ended")).toSorted()).toEqual(
      [
        ...tooLong.map(([, actual]) => ({ by: "local", kind: "frame-too-long", limit, actual })),
        ...(malformed.length > 0 ? [{ by: "local", kind: "malformed" }] : []),
      ]
        .map((reason) => JSON.stringify(reason))
        .filter((reason, at, every) => every.indexOf(reason) === at)
        .toSorted(),
    );
    expect(messages.every(({ length }) => length === 0)).toBe(true);
  });

  it("takes 0 and the maximum, and nothing of them comes short", async () => {
    const server = createServer({ codec: spoken, handler: echo<Uint8Array>() });
    const frames = [new Uint8Array(), new Uint8Array(limit).fill(7), new Uint8Array()];
    const wire = encode(spoken, ...frames).bytes;
    const reasons = await besideAProbe(
      server,
      (url) => echoedClient(url, spoken, Uint8Array.of(1)),
      async (url) => {
        const client = await rawClient(url);
        client.send(wire);
        await client.until(({ received }) => received.length >= wire.length);
        expect(Buffer.compare(client.received, wire)).toBe(0);
        client.end();
        await client.gone;
      },
    );
    // The two of the probe, and the client.
    expect(reasons).toEqual({ ended: 3 });
  });

  it("lets nothing be seen of what stands behind a length beyond the maximum", async () => {
    const seen: string[] = [];
    const server = createServer<Uint8Array>({
      codec: spoken,
      handler: {
        message(message, connection) {
          seen.push(Buffer.from(message).toString());
          connection.send(message);
        },
      },
    });
    const reasons = await besideAProbe(
      server,
      (url) => echoedClient(url, spoken, Uint8Array.from(Buffer.from("probe"))),
      async (url) => {
        const whole = encode(spoken, Buffer.from("smuggled")).bytes;
        const length = BigInt(limit + 1);
        const client = await rawClient(url);
        client.send(
          encode(spoken, Buffer.from("before")).bytes,
          header(length),
          ...Array.from({ length: 200 }, () => whole),
        );
        await client.gone;
        expect(client.received.toString()).toBe(
          Buffer.from(encode(spoken, Buffer.from("before")).bytes).toString(),
        );
      },
    );
    expect(reasons["frame-too-long"]).toBe(1);
    expect(new Set(seen)).toEqual(new Set(["before", "probe"]));
  });
});
