import { describe, expect, it } from "vitest";
import { pooledBuffers } from "./buffer-pool.ts";
import { OutputBuffer } from "./writer.ts";

/** As long as a buffer of the pool, which might take it for its own. */
const lent = (): Uint8Array => new Uint8Array(1024).fill(7);

describe("an output buffer that is lent its first bytes", () => {
  it("holds them as they are, without a copy", () => {
    const out = new OutputBuffer();
    const bytes = lent();
    out.append(bytes);
    expect(out.written()).toBe(bytes);
  });

  it("copies them once more is written, and changes nothing of them", () => {
    const out = new OutputBuffer();
    const bytes = lent();
    out.append(bytes);
    out.append(Uint8Array.of(1, 2));
    out.reserve(1);
    out.bytes[out.at++] = 3;
    expect([...out.written()]).toEqual([...lent(), 1, 2, 3]);
    out.bytes.fill(0, 0, out.at);
    expect(bytes).toEqual(lent());
  });

  it.each([
    ["emptied", (out: OutputBuffer) => out.recycle()],
    ["handed over", (out: OutputBuffer) => out.handOver()],
    [
      "written on and emptied",
      (out: OutputBuffer) => {
        out.append(Uint8Array.of(1));
        out.recycle();
      },
    ],
  ])("does not give them to anybody else when it is %s", (_, end) => {
    const out = new OutputBuffer();
    const bytes = lent();
    out.append(bytes);
    end(out);
    const taken = Array.from({ length: 3 }, () => pooledBuffers.take(1024));
    expect(taken).not.toContain(bytes);
    out.append(Uint8Array.of(9));
    expect([...out.written()]).toEqual([9]);
  });
});
