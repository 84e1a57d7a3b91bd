import type { ByteStream, ByteStreamSink } from "@parley/core";
import { describe, expect, it } from "vitest";
import { GuardedStream } from "./guarded-stream.ts";
import { memoryPair } from "./memory-stream.ts";
import { recordStream } from "./recorded-stream.ts";

describe("a guarded stream", () => {
  it("throws when the stream reports from inside a call", () => {
    let sink: ByteStreamSink | undefined;
    const hasty: ByteStream = {
      localAddress: "memory://near",
      remoteAddress: "memory://far",
      open(given) {
        sink = given;
      },
      write() {
        sink?.drained();
        return false;
      },
      pause() {},
      resume() {},
      end() {
        sink?.ended();
      },
      destroy() {
        sink?.closed();
      },
    };
    const guarded = recordStream(new GuardedStream(hasty));
    expect(() => guarded.send("x")).toThrow("drained() was reported from inside write()");
    expect(() => guarded.stream.end()).toThrow("ended() was reported from inside end()");
    expect(() => guarded.stream.destroy()).toThrow("closed() was reported from inside destroy()");
  });

  it("lets a stream pass that reports in its own turn", async () => {
    const { near, far } = memoryPair();
    const guarded = recordStream(new GuardedStream(near));
    recordStream(far).send("hello");
    expect((await guarded.untilText("hello")).stream.remoteAddress).toBe("memory://far");
  });
});
