import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ByteStream } from "@parley/core";
import { GuardedStream } from "./guarded-stream.ts";
import { type RecordedStream, recordStream } from "./recorded-stream.ts";

/** The two ends of one connected stream, neither of them opened, nor anything written. */
export interface ByteStreamPair {
  readonly near: ByteStream;
  readonly far: ByteStream;
}

/** What the suite needs to know of a transport. */
export interface ByteStreamHarness {
  /** Connects a new pair. */
  makePair(): Promise<ByteStreamPair>;
  /** Whether `destroy` is seen as a reset by the other side. Unix sockets have none. Default true. */
  readonly resets?: boolean;
  /** How many bytes the larger cases carry. Default 1 MiB; less for a transport that is slow on purpose. */
  readonly bulkBytes?: number;
}

/** The part of a test runner that the suite uses: vitest's, node:test's and others' fit. */
export interface SuiteRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/** Turns of the event loop in which what must not happen is given a chance to. */
const idleTurns = 20;

/** More than kernels buffer on both sides together. */
const unreadableBytes = 64 * 1024 * 1024;

/**
 * The compliance suite of the byte-stream port: declares the tests that every transport's streams pass, between a pair
 * of them. `name` says which transport it is.
 */
export function testByteStream(
  name: string,
  harness: ByteStreamHarness,
  { describe, it }: SuiteRunner,
): void {
  const { resets = true, bulkBytes = 1024 * 1024 } = harness;

  async function open(): Promise<{ near: RecordedStream; far: RecordedStream }> {
    const { near, far } = await harness.makePair();
    return { near: recordStream(new GuardedStream(near)), far: recordStream(new GuardedStream(far)) };
  }

  /** Both sides' FINs, so that nothing of a test outlives it. */
  async function part(...streams: RecordedStream[]): Promise<void> {
    for (const { stream } of streams) stream.end();
    await Promise.all(streams.map((stream) => stream.untilClosed()));
  }

  describe(`the byte stream of ${name}`, () => {
    it("tells each side the same addresses", async () => {
      const { near, far } = await open();
      assert.equal(near.stream.remoteAddress, far.stream.localAddress);
      for (const address of [near.stream.localAddress, near.stream.remoteAddress, far.stream.remoteAddress])
        assert.match(address, /^[a-z]+:/);
      await part(near, far);
      assert.equal(near.stream.remoteAddress, far.stream.localAddress);
    });

    it("carries bytes in order, both ways at once", async () => {
      const { near, far } = await open();
      const there = pattern(bulkBytes, 1);
      const back = pattern(bulkBytes, 2);
      await Promise.all([writeAll(near, there, 50_000), writeAll(far, back, 7_001)]);
      await Promise.all([
        far.until(({ length }) => length >= there.length),
        near.until(({ length }) => length >= back.length),
      ]);
      assert.ok(same(far.bytes, there));
      assert.ok(same(near.bytes, back));
      await part(near, far);
    });

    it("keeps what arrives before it is opened", async () => {
      const { near, far } = await harness.makePair();
      const writer = recordStream(near);
      writer.send("early");
      near.end();
      await turns();
      const reader = await recordStream(far).untilEnded();
      assert.equal(reader.text, "early");
      await part(writer, reader);
    });

    it("tells a FIN that came before it was opened", async () => {
      const { near, far } = await harness.makePair();
      const ending = recordStream(near);
      near.end();
      await turns();
      const late = await recordStream(new GuardedStream(far)).untilEnded();
      late.send("answer");
      await ending.untilText("answer");
      await part(ending, late);
    });

    it("takes a copy of what write has taken", async () => {
      const { near, far } = await open();
      const buffer = new Uint8Array(5);
      for (const byte of [1, 2, 3]) {
        buffer.fill(byte);
        if (!near.stream.write(buffer)) {
          const { drains } = near;
          await near.until((stream) => stream.drains > drains);
        }
        buffer.fill(0xff);
      }
      await far.until(({ length }) => length >= 15);
      assert.deepEqual([...far.bytes], [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3]);
      await part(near, far);
    });

    it("holds on to a write while the other side does not read, and reports drained once", async () => {
      const { near, far } = await open();
      far.stream.pause();
      const piece = pattern(Math.min(bulkBytes, 256 * 1024), 3);
      let written = 0;
      let taken = true;
      while (taken) {
        assert.ok(written < unreadableBytes, "write goes on returning true although nobody reads");
        taken = near.stream.write(piece);
        written += piece.length;
        if (taken) await nextTurn();
      }
      await turns();
      assert.ok(near.drains <= 1);
      // The kernel may still have had room: fill up until nothing moves any more.
      while (near.drains > 0) {
        near.drains = 0;
        assert.ok(written < unreadableBytes, "drained is reported although nobody reads");
        near.stream.write(piece);
        written += piece.length;
        await turns();
      }
      far.stream.resume();
      await near.until(({ drains }) => drains > 0);
      await far.until(({ length }) => length >= written);
      await turns();
      assert.equal(near.drains, 1);
      assert.equal(far.length, written);
      await part(near, far);
    });

    for (const first of ["near", "far"] as const) {
      it(`ends each direction apart: ${first} first`, async () => {
        const { near, far } = await open();
        const [one, other] = first === "near" ? [near, far] : [far, near];
        one.send("last");
        one.stream.end();
        await other.untilEnded();
        assert.equal(other.text, "last");
        await turns();
        assert.equal(one.end, undefined);
        assert.equal(other.end, undefined);
        other.send("answer");
        await one.untilText("answer");
        assert.equal(one.hasEnded, false);
        other.stream.end();
        await Promise.all([one.untilClosed(), other.untilClosed()]);
        assert.ok(one.hasEnded);
        assert.deepEqual(one.end, { error: undefined });
        assert.deepEqual(other.end, { error: undefined });
      });
    }

    it("sends its FIN behind a write that it holds on to", async () => {
      const { near, far } = await open();
      const sent = pattern(8 * bulkBytes, 4);
      const { drains } = near;
      const taken = near.stream.write(sent);
      near.stream.end();
      near.stream.end();
      await far.untilEnded();
      assert.ok(same(far.bytes, sent));
      far.stream.end();
      await Promise.all([near.untilClosed(), far.untilClosed()]);
      assert.equal(near.drains - drains, taken ? 0 : 1);
    });

    it("is closed at once by destroy, which resets the other side", async () => {
      const { near, far } = await open();
      near.stream.destroy();
      near.stream.destroy();
      await near.untilClosed();
      assert.deepEqual(near.end, { error: undefined });
      if (resets) {
        await far.untilClosed();
        assert.equal((far.end?.error as NodeJS.ErrnoException | undefined)?.code, "ECONNRESET");
        assert.equal(far.hasEnded, false);
      } else {
        await far.until(({ hasEnded, end }) => hasEnded || end !== undefined);
        await part(far);
      }
    });

    it("reports no drained once it is destroyed", async () => {
      const { near, far } = await open();
      far.stream.pause();
      let written = 0;
      for (; written < unreadableBytes && near.stream.write(pattern(bulkBytes, 5)); written += bulkBytes);
      const { drains } = near;
      near.stream.destroy();
      await near.untilClosed();
      await turns();
      assert.equal(near.drains, drains);
      far.stream.destroy();
      await far.untilClosed();
    });

    it("stops reading when paused, with one chunk more at most, and loses nothing", async () => {
      const { near, far } = await open();
      const sent = pattern(bulkBytes, 6);
      const writing = writeAll(near, sent, 10_000);
      while (far.length < Math.min(sent.length, 100_000)) {
        const seen = far.chunks.length;
        await far.until(({ chunks }) => chunks.length > seen);
        far.stream.pause();
        const paused = far.chunks.length;
        await turns();
        assert.ok(far.chunks.length <= paused + 1);
        far.stream.resume();
      }
      await far.until(({ length }) => length >= sent.length);
      await writing;
      assert.ok(same(far.bytes, sent));
      await part(near, far);
    });

    it("holds back the other side's FIN behind what is not read yet", async () => {
      const { near, far } = await open();
      far.stream.pause();
      near.send("unread");
      near.stream.end();
      await turns();
      assert.equal(far.hasEnded, false);
      far.stream.resume();
      await far.untilEnded();
      assert.equal(far.text, "unread");
      await part(near, far);
    });

    it("tells a loss that came before it was opened", async () => {
      const { near, far } = await harness.makePair();
      const gone = recordStream(near);
      near.destroy();
      await gone.untilClosed();
      await turns();
      const late = recordStream(new GuardedStream(far));
      await late.until(({ hasEnded, end }) => hasEnded || end !== undefined);
      if (resets) assert.equal((late.end?.error as NodeJS.ErrnoException | undefined)?.code, "ECONNRESET");
      else await part(late);
    });

    it("ignores what is asked of it once it is closed", async () => {
      const { near, far } = await open();
      await part(near, far);
      const { stream } = near;
      stream.write(new Uint8Array(3));
      stream.pause();
      stream.resume();
      stream.end();
      stream.destroy();
      await turns();
      assert.equal(far.length, 0);
    });
  });
}

async function writeAll(to: RecordedStream, bytes: Uint8Array, pieceBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const { drains } = to;
    if (!to.stream.write(bytes.subarray(at, at + pieceBytes)))
      await to.until((stream) => stream.drains > drains);
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < idleTurns; turn++) await nextTurn();
}

/** Bytes that differ along the way, and by `seed`. */
function pattern(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state >>> 24;
  });
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
