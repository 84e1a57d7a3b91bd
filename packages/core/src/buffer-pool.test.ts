import { expect, it } from "vitest";
import { pooledBuffers } from "./buffer-pool.ts";

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const sizes = Array.from({ length: 13 }, (_, power) => kibibyte << power);

it("keeps at most 2 MiB of buffers of each size from 1 KiB to 4 MiB, or one", () => {
  const keptBytes = sizes.map((size) => {
    const given = new Set<Uint8Array>(
      Array.from({ length: (3 * mebibyte) / size + 2 }, () => new Uint8Array(size)),
    );
    for (const buffer of given) pooledBuffers.giveBack(buffer);
    let bytes = 0;
    while (given.has(pooledBuffers.take(size))) bytes += size;
    return bytes;
  });
  expect(Math.max(...keptBytes.slice(0, 12))).toBeLessThanOrEqual(2 * mebibyte);
  expect(keptBytes.at(-1)).toBe(4 * mebibyte);
  expect(keptBytes.reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(28 * mebibyte);
});

it("keeps nothing that is longer", () => {
  const buffer = new Uint8Array(4 * mebibyte + 1);
  pooledBuffers.giveBack(buffer);
  expect(pooledBuffers.take(buffer.length) === buffer).toBe(false);
});
