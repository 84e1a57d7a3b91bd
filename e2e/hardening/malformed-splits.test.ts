import {
  bytes,
  codec,
  contentLength,
  delimited,
  describeCloseReason,
  type FrameCodec,
  jsonStream,
  lengthPrefix,
  lines,
  netstring,
} from "@parley/core";
import { createServer } from "@parley/server";
import { createFaultProxy } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { expect, it } from "vitest";
import { besideAProbe } from "./beside-a-probe.ts";
import { rawClient } from "./raw-client.ts";

const skip = { maxFrameBytes: 8, onTooLong: "skip" } as const;

/** Streams with whole frames, frames beyond the limit, and an end that is wrong. */
const streams: readonly (readonly [string, FrameCodec, string])[] = [
  [
    "lengthPrefix",
    lengthPrefix({ width: 2, ...skip }),
    "\0\x02ok\0\0\0\x0atoo long..\0\x08the most\0\x05cut",
  ],
  [
    "lengthPrefix as varint",
    lengthPrefix({ width: "varint", ...skip }),
    "\x02ok\x00\x0atoo long..\x02ok\x85\0",
  ],
  ["netstring", netstring(skip), "2:ok,0:,10:too long..,8:the most,05:wrong"],
  ["contentLength", contentLength(skip), "content-length: 2\r\nA: b\r\n\r\nokContent-Length: 1e3\r\n\r\nno"],
  ["lines", lines(skip), "ok\r\n\nmuch too long\rof it\nthe most\r\ncut"],
  ["strict lines", lines({ ...skip, newline: "crlf" }), "ok\r\nmuch too long\r\nthe\rmost\r\nwrong\nok\r\n"],
  [
    "delimited",
    delimited({ delimiters: ["\r\n.\r\n", ";"], ...skip }),
    "ok;\r\n.\r\nmuch too long;the most\r\n.\r\ncut\r\n",
  ],
  ["jsonStream", jsonStream(skip), '{"a":1}[2] "much too long" 3 "\\"x" }'],
];

it.each(streams)(
  "%s: however a stream is cut, it has the same frames and the same end",
  async (_, frame, stream) => {
    /** What came of each connection: frames, what was passed over, and the reason. */
    const outcomes = new Map<string, string[]>();
    const server = createServer<Uint8Array>({
      codec: codec(frame, bytes()),
      handler: {
        open: ({ id }) => void outcomes.set(id, []),
        message: (message, { id }) => void outcomes.get(id)?.push(Buffer.from(message).toString("latin1")),
        skipped: ({ actual }, { id }) => void outcomes.get(id)?.push(`skipped ${actual}`),
        closed: ({ id }, reason) => void outcomes.get(id)?.push(describeCloseReason(reason)),
      },
    });
    const silent = async () => ({ request: async () => {}, connect: async () => {}, close: async () => {} });
    await besideAProbe(server, silent, async (url) => {
      const sendTo = async (address: string): Promise<void> => {
        await (await rawClient(address)).send(Buffer.from(stream, "latin1")).end().gone;
      };
      await sendTo(url);
      for (const seed of [1, 2, 3]) {
        for (const maxPieceBytes of [1, 2, 5]) {
          const proxy = await createFaultProxy(socketDial(url), { seed, up: { maxPieceBytes } });
          await sendTo(proxy.address);
          await proxy.close();
        }
      }
      const drip = await rawClient(url);
      await drip.drip(Buffer.from(stream, "latin1"));
      await drip.end().gone;
    });
    const [whole, ...cut] = [...outcomes.values()];
    expect(whole?.length).toBeGreaterThan(1);
    expect(cut).toHaveLength(10);
    for (const outcome of cut) expect(outcome).toEqual(whole);
  },
);
