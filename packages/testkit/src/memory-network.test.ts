import type { ByteStream } from "@parley/core";
import { describe, expect, it } from "vitest";
import { createMemoryNetwork, type MemoryNetwork } from "./memory-network.ts";
import { recordStream } from "./recorded-stream.ts";

const ignoring = { accept() {}, failed() {} };

async function listening(network: MemoryNetwork, name = "here") {
  const accepted: ByteStream[] = [];
  const listener = await network.listener(name)({ accept: (stream) => accepted.push(stream), failed() {} });
  return { accepted, listener };
}

describe("a memory network", () => {
  it("connects who dials with who listens, each knowing the other's address", async () => {
    const network = createMemoryNetwork();
    const { accepted, listener } = await listening(network);
    expect(listener.address).toBe("memory://here");
    const dial = network.dial("here");
    const [first, second] = await Promise.all([dial(), dial()]);
    expect(accepted).toHaveLength(2);
    expect(first.remoteAddress).toBe("memory://here");
    expect(accepted[0]?.remoteAddress).toBe(first.localAddress);
    expect(second.localAddress).not.toBe(first.localAddress);
  });

  it("refuses to dial where nobody listens", async () => {
    const network = createMemoryNetwork();
    await expect(network.dial("here")()).rejects.toMatchObject({ code: "connect-failed", blame: "remote" });
    const { listener } = await listening(network);
    await listener.close();
    await expect(network.dial("here")()).rejects.toMatchObject({ code: "connect-failed" });
  });

  it("lets streams live on when their listener closes", async () => {
    const network = createMemoryNetwork();
    const { accepted, listener } = await listening(network);
    const near = recordStream(await network.dial("here")());
    await listener.close();
    recordStream(accepted[0] as ByteStream).send("still here");
    await near.untilText("still here");
  });

  it("has one listener of a name at a time", async () => {
    const network = createMemoryNetwork();
    const { listener } = await listening(network);
    await expect(network.listener("here")(ignoring)).rejects.toMatchObject({ code: "address-in-use" });
    await listening(network, "there");
    await listener.close();
    const second = await listening(network);
    await listener.close();
    await network.dial("here")();
    expect(second.accepted).toHaveLength(1);
  });

  it("knows nothing of another network", async () => {
    await listening(createMemoryNetwork());
    await expect(createMemoryNetwork().dial("here")()).rejects.toMatchObject({ code: "connect-failed" });
  });

  it("gives up dialling when aborted", async () => {
    const network = createMemoryNetwork();
    const { accepted } = await listening(network);
    const reason = new Error("enough");
    await expect(network.dial("here")({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: "aborted",
      cause: reason,
    });
    const controller = new AbortController();
    const dialling = network.dial("here")({ signal: controller.signal });
    controller.abort();
    await expect(dialling).rejects.toMatchObject({ code: "aborted" });
    expect(accepted).toHaveLength(0);
  });

  it("delivers in chunks of the size asked for", async () => {
    const network = createMemoryNetwork({ chunkBytes: 3 });
    const { accepted } = await listening(network);
    const near = recordStream(await network.dial("here")());
    const far = recordStream(accepted[0] as ByteStream);
    near.send("12345678");
    await far.untilText("12345678");
    expect(far.chunks.map((chunk) => chunk.length)).toEqual([3, 3, 2]);
  });

  it("takes no more than its capacity until it is read", async () => {
    const network = createMemoryNetwork({ capacityBytes: 10 });
    const { accepted } = await listening(network);
    const near = recordStream(await network.dial("here")());
    expect(near.send("1234567890")).toBe(true);
    expect(near.send("x")).toBe(false);
    expect(() => near.send("y")).toThrow("before drained()");
    const far = recordStream(accepted[0] as ByteStream);
    await near.until(({ drains }) => drains === 1);
    expect(near.send("y")).toBe(true);
    await far.untilText("1234567890xy");
  });

  it("rejects names and options that make no sense", () => {
    const network = createMemoryNetwork();
    expect(() => network.listener("")).toThrow(expect.objectContaining({ code: "bad-address" }));
    expect(() => network.dial("a b")).toThrow(expect.objectContaining({ code: "bad-address" }));
    expect(() => createMemoryNetwork({ capacityBytes: 0 })).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
    expect(() => createMemoryNetwork({ chunkBytes: 1.5 })).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
  });
});
