import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binaryHeader, tcp4Endpoints, textHeader, value } from "../test/proxy-headers.ts";
import { type HeaderOutcome, readProxyHeader } from "./proxy-header-reader.ts";

/** A socket that receives what is pushed, in the same chunks. */
function scripted(): Socket {
  return new Duplex({ read() {}, write: (_, __, done) => done() }) as Socket;
}

/** What comes of these chunks, then a FIN: the outcome, and the bytes behind the header. */
async function outcomeOf(chunks: readonly Uint8Array[]): Promise<{ outcome: HeaderOutcome; rest: string }> {
  const socket = scripted();
  const rest: Buffer[] = [];
  const settled = new Promise<HeaderOutcome>((resolve) => {
    readProxyHeader(socket, 60_000, (outcome) => {
      if (outcome.kind === "complete") socket.on("data", (bytes: Buffer) => rest.push(bytes));
      resolve(outcome);
    });
  });
  const over = new Promise((resolve) => socket.once("end", resolve).once("close", resolve));
  for (const chunk of chunks) {
    socket.push(chunk);
    await new Promise(setImmediate);
  }
  socket.push(null);
  const outcome = await settled;
  if (outcome.kind === "complete") await over;
  socket.destroy();
  return { outcome, rest: Buffer.concat(rest).toString("hex") };
}

const header = fc.constantFrom(
  Buffer.from(textHeader(tcp4Endpoints)),
  Buffer.from("PROXY UNKNOWN\r\n"),
  binaryHeader(),
  binaryHeader({ values: [value(4, Buffer.alloc(600))] }),
  binaryHeader({ familyAndTransport: 0x12 }),
  Buffer.from("PROXY TCP4 1.2.3.4\r\n"),
);

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((at) => at % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

describe("the reader of a PROXY header", () => {
  it("comes to the same in any chunking, and leaves all that is behind the header", async () => {
    await fc.assert(
      fc.asyncProperty(
        header,
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        async (head, payload, places) => {
          const bytes = Buffer.concat([head, payload]);
          const whole = await outcomeOf([bytes]);
          expect(await outcomeOf(cut(bytes, places))).toEqual(whole);
          if (whole.outcome.kind === "complete")
            expect(whole.rest).toBe(Buffer.from(payload).toString("hex"));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("takes the longest header in single bytes", async () => {
    const longest = binaryHeader({ values: [value(4, Buffer.alloc(4_065))] });
    const { outcome, rest } = await outcomeOf(cut(longest, [...longest.keys()]));
    expect(outcome).toEqual({ kind: "complete", endpoints: tcp4Endpoints });
    expect(rest).toBe("");
  });

  it("misses a header in anything else, and never throws", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 5 }),
        async (chunks) => {
          expect(await outcomeOf(chunks)).toMatchObject({ outcome: { kind: "missing" }, rest: "" });
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each<[string, Error | undefined, HeaderOutcome]>([
    ["destroyed", undefined, { kind: "destroyed" }],
    [
      "lost",
      Object.assign(new Error("gone"), { code: "ECONNRESET" }),
      { kind: "missing", why: "the connection was lost before it was complete (ECONNRESET)" },
    ],
  ])("tells of a socket that is %s, once, and leaves it without listeners", async (_, error, outcome) => {
    const socket = scripted();
    const before = socket.eventNames().map((name) => [name, socket.listenerCount(name)]);
    const outcomes: HeaderOutcome[] = [];
    readProxyHeader(socket, 60_000, (outcome) => outcomes.push(outcome));
    socket.push("PROXY");
    socket.destroy(error);
    await new Promise((resolve) => socket.once("close", resolve));
    expect(outcomes).toEqual([outcome]);
    expect(socket.eventNames().map((name) => [name, socket.listenerCount(name)])).toEqual(before);
  });
});
