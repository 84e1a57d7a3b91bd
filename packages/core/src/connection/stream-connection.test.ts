import { describe, expect, it, vi } from "vitest";
import { ScriptedClock, ScriptedStream, settled } from "../../test/scripted-stream.ts";
import {
  type AnyHandler,
  byteFrames,
  bytes,
  ClosedError,
  type CloseReason,
  type Connection,
  type ConnectionOptions,
  ConnectionSetup,
  codec,
  connectionOptions,
  encode,
  FrameTooLongError,
  fixedLength,
  type Handler,
  jsonLines,
  ParleyError,
  raw,
  StreamConnection,
  textLines,
} from "../index.ts";

const maxFrameBytes = 16;
const lines = textLines({ maxFrameBytes });

function connect(handler?: AnyHandler<string>, given: ConnectionOptions = {}) {
  const stream = new ScriptedStream();
  const clock = new ScriptedClock();
  const failures: unknown[] = [];
  const closes: CloseReason[] = [];
  const connection = new StreamConnection(
    new ConnectionSetup<string>({
      idPrefix: "c",
      codec: lines,
      clock,
      options: connectionOptions(given),
      observer: {
        closed: (_, reason) => closes.push(reason),
        handlerFailed: (_, error) => failures.push(error),
      },
    }),
    stream,
    1,
  );
  connection.open();
  if (handler !== undefined) connection.handle(handler);
  return { stream, clock, connection, failures, closes };
}

const echo: Handler<string> = {
  message(line, connection) {
    connection.send(line);
  },
};

/** A handler whose messages are answered when the test says so. */
function deferred() {
  const messages: { line: string; answer: () => void; fail: (error: unknown) => void }[] = [];
  const handler: Handler<string> = {
    message: (line, connection) =>
      new Promise((resolve, reject) => {
        const answer = () => {
          connection.send(`re ${line}`);
          resolve();
        };
        messages.push({ line, answer, fail: reject });
      }),
  };
  return { handler, messages };
}

async function collect(connection: Connection<string>): Promise<string[]> {
  const seen: string[] = [];
  for await (const line of connection) seen.push(line);
  return seen;
}

describe("a flood of messages", () => {
  const long = "x\n".repeat(8 * 1024);

  it("that has more behind it lets others have their turn", () => {
    let count = 0;
    const { stream, clock } = connect({ message: () => void count++ });
    stream.receive(long);
    expect([count, stream.paused]).toEqual([8 * 1024, true]);
    clock.turn();
    expect(stream.paused).toBe(false);
    // What came all the same is handled, and the turn after it given away too.
    stream.receive(long);
    expect([count, stream.paused]).toEqual([16 * 1024, true]);
    clock.turn();
    expect(stream.paused).toBe(false);
  });

  it("stays unread when something else holds it back meanwhile", () => {
    const { stream, clock } = connect({ message: () => new Promise(() => {}) }, { readAheadBytes: 2 });
    stream.receive("x\nx\n");
    stream.receive(long);
    expect(stream.paused).toBe(true);
    clock.turn();
    expect(stream.paused).toBe(true);
  });

  it.each([
    [511, false],
    [512, true],
  ])("of %d messages at once gives way: %s", (count, givesWay) => {
    const { stream } = connect({ message() {} });
    stream.receive("x\n".repeat(count));
    expect(stream.paused).toBe(givesWay);
  });

  it("that came bit by bit does not give way", () => {
    const { stream } = connect({ message() {} });
    for (let chunk = 0; chunk < 10; chunk++) stream.receive("x\n".repeat(511));
    expect(stream.paused).toBe(false);
  });
});

describe("sending", () => {
  it("leaves in one write per turn", () => {
    const { stream, clock, connection } = connect(echo);
    expect(connection.send("a")).toBe(true);
    stream.receive("b\nc\n");
    expect(stream.writes).toEqual([]);
    clock.turn();
    expect(stream.writes).toEqual(["a\nb\nc\n"]);
    connection.send("d");
    clock.turn();
    expect(stream.writes).toEqual(["a\nb\nc\n", "d\n"]);
  });

  it("gathers while the stream holds on to a write, and goes on when it is taken", async () => {
    const { stream, clock, connection } = connect(echo);
    stream.takes = false;
    connection.send("a");
    clock.turn();
    connection.send("b");
    connection.send("c");
    clock.turn();
    expect(stream.writes).toEqual(["a\n"]);
    const flushed = connection.flushed();
    stream.takes = true;
    stream.drain();
    expect(stream.writes).toEqual(["a\n", "b\nc\n"]);
    await flushed;
  });

  it("does not send the same bytes twice, or others' bytes, when buffers are used again", () => {
    const one = connect(echo);
    const other = connect(echo);
    one.connection.send("one");
    other.connection.send("other");
    one.clock.turn();
    one.connection.send("1");
    other.clock.turn();
    one.clock.turn();
    expect(one.stream.written).toBe("one\n1\n");
    expect(other.stream.written).toBe("other\n");
  });

  it("returns false above the high watermark, and writable() waits for the low one", async () => {
    const { stream, clock, connection } = connect(echo, { highWatermarkBytes: 8, lowWatermarkBytes: 2 });
    stream.takes = false;
    expect(connection.send("1234567")).toBe(true);
    clock.turn();
    expect(connection.send("8")).toBe(false);
    let free = false;
    const writable = connection.writable().then(() => {
      free = true;
    });
    await settled();
    expect(free).toBe(false);
    stream.drain();
    await writable;
    expect(connection.counters.bufferedBytes).toBe(2);
    await connection.writable();
  });

  it("writes at once, within the turn, what exceeds the high watermark", () => {
    const { stream, connection } = connect(echo, { highWatermarkBytes: 8, lowWatermarkBytes: 2 });
    expect(connection.send("12345678")).toBe(true);
    expect(stream.writes).toEqual(["12345678\n"]);
  });

  it("destroys a consumer that takes nothing", () => {
    const { stream, clock, connection, closes } = connect(echo, {
      maxBufferedBytes: 1,
      highWatermarkBytes: 8,
      lowWatermarkBytes: 0,
    });
    stream.takes = false;
    connection.send("0123456789");
    clock.turn();
    connection.send("0123456789");
    expect(connection.state).toBe("open");
    expect(connection.send("0123456789")).toBe(false);
    // Two frames are always allowed.
    expect(closes).toEqual([{ by: "local", kind: "slow-consumer", limit: 2 * maxFrameBytes, buffered: 33 }]);
    expect(stream.state).toBe("destroyed");
  });

  it("queues nothing of a message that it refuses", () => {
    const { stream, clock, connection } = connect(echo);
    connection.send("a");
    expect(() => connection.send("x".repeat(maxFrameBytes + 1))).toThrow(FrameTooLongError);
    expect(() => connection.send("two\nlines")).toThrow(expect.objectContaining({ code: "unencodable" }));
    expect(() => connection.send("\ud800")).toThrow(expect.objectContaining({ code: "unencodable" }));
    connection.send("b");
    clock.turn();
    expect(stream.written).toBe("a\nb\n");
    expect(connection.counters).toMatchObject({ messagesOut: 2, bytesOut: 4 });
  });

  it("tells limit and actual size of a frame that is too long to send", () => {
    const { connection } = connect(echo);
    const message = "x".repeat(maxFrameBytes + 1);
    expect(() => connection.send(message)).toThrow(
      expect.objectContaining({ code: "frame-too-long", limit: 16, actual: 17, blame: "local" }),
    );
  });

  it("sends what was encoded once to many, and refuses another codec's bytes", () => {
    const one = connect(echo);
    const other = connect(echo);
    const encoded = encode(lines, "x", "y");
    one.connection.sendEncoded(encoded);
    other.connection.sendEncoded(encoded);
    one.clock.turn();
    other.clock.turn();
    expect([one.stream.written, other.stream.written]).toEqual(["x\ny\n", "x\ny\n"]);
    expect(one.connection.counters.messagesOut).toBe(2);
    expect(() => one.connection.sendEncoded(encode(jsonLines(), 1))).toThrow(
      expect.objectContaining({ code: "wrong-codec" }),
    );
  });
});

describe("messages to callbacks", () => {
  it("come in order, one call each, and are counted", () => {
    const seen: string[] = [];
    const { stream, connection } = connect({
      message(line) {
        seen.push(line);
      },
    });
    stream.receive("a\nb");
    stream.receive("c\n\n");
    expect(seen).toEqual(["a", "bc", ""]);
    expect(connection.counters).toMatchObject({ bytesIn: 6, messagesIn: 3 });
  });

  it("wait while a callback's promise is pending, in the middle of a chunk too", async () => {
    const { handler, messages } = deferred();
    const { stream } = connect(handler);
    stream.receive("a\nb\nc");
    stream.receive("d\n");
    expect(messages.map(({ line }) => line)).toEqual(["a"]);
    messages[0]?.answer();
    await settled();
    expect(messages.map(({ line }) => line)).toEqual(["a", "b"]);
    messages[1]?.answer();
    await settled();
    expect(messages.map(({ line }) => line)).toEqual(["a", "b", "cd"]);
  });

  it("wait for a promise of open()", async () => {
    let opened = () => {};
    const seen: string[] = [];
    const { stream } = connect({
      open: () =>
        new Promise<void>((resolve) => {
          opened = resolve;
        }),
      message(line) {
        seen.push(line);
      },
    });
    stream.receive("a\n");
    expect(seen).toEqual([]);
    opened();
    await settled();
    expect(seen).toEqual(["a"]);
  });

  it("wait properly for a thenable that calls back at once", async () => {
    const seen: string[] = [];
    const { stream } = connect({
      message(line) {
        seen.push(line);
        // biome-ignore lint/suspicious/noThenProperty: that is what is tried here.
        return { then: (resolve: () => void) => resolve() } as PromiseLike<void>;
      },
    });
    stream.receive("a\nb\nc\n");
    await settled();
    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("wait while the outbound buffer is full, and reading stops at the bound", () => {
    const limits = { highWatermarkBytes: 4, lowWatermarkBytes: 0, readAheadBytes: 8 };
    const { stream, clock, connection } = connect(echo, limits);
    stream.takes = false;
    stream.receive("1\n2\n3\n4\n5\n6\n");
    clock.turn();
    // The third reply was one too many; the rest of the chunk waits.
    expect(connection.counters.messagesIn).toBe(3);
    expect(stream.paused).toBe(false);
    stream.receive("7\n");
    expect(stream.paused).toBe(true);
    stream.takes = true;
    stream.drain();
    expect(stream.paused).toBe(false);
    clock.turn();
    expect(stream.written).toBe("1\n2\n3\n4\n5\n6\n7\n");
  });

  it("do not wait for a full buffer on a side that must go on reading", () => {
    const { stream, connection } = connect(echo, { highWatermarkBytes: 4, holdBackWhenFull: false });
    stream.takes = false;
    stream.receive("1\n2\n3\n4\n5\n6\n");
    expect(connection.counters.messagesIn).toBe(6);
  });

  it("are kept until somebody handles them, up to the bound", () => {
    const { stream, connection } = connect(undefined, { readAheadBytes: 4 });
    stream.receive("a\n");
    stream.receive("b\n");
    expect(stream.paused).toBe(true);
    const seen: string[] = [];
    connection.handle({
      message(line) {
        seen.push(line);
      },
    });
    expect(seen).toEqual(["a", "b"]);
    expect(stream.paused).toBe(false);
    expect(() => connection.handle(echo)).toThrow(expect.objectContaining({ code: "in-use" }));
    expect(() => connection[Symbol.asyncIterator]()).toThrow(expect.objectContaining({ code: "in-use" }));
  });

  it("end with the connection when a callback throws, also something that is no Error", () => {
    for (const thrown of [new Error("mine"), "a string", undefined]) {
      const { stream, clock, connection, failures, closes } = connect({
        message(line, { send }) {
          if (line === "bad") throw thrown;
          send.call(connection, line);
        },
      });
      stream.receive("good\nbad\nnever\n");
      clock.turn();
      expect(failures).toEqual([thrown]);
      expect(connection.state).toBe("closing");
      // What was answered before arrives, and FIN behind it.
      expect(stream.written).toBe("good\n");
      expect(stream.state).toBe("ended");
      stream.sink.ended();
      stream.sink.closed();
      expect(closes).toEqual([{ by: "local", kind: "handler-error", error: thrown }]);
    }
  });

  it("end with the connection when a callback's promise is rejected", async () => {
    const { handler, messages } = deferred();
    const { stream, connection, failures } = connect(handler);
    const error = new Error("mine");
    stream.receive("a\nb\n");
    messages[0]?.fail(error);
    await settled();
    expect(failures).toEqual([error]);
    expect(messages.length).toBe(1);
    expect(connection.state).toBe("closing");
  });

  it("that fail only because the connection is gone are no handler's fault", async () => {
    const { handler, messages } = deferred();
    const { stream, failures } = connect(handler);
    stream.receive("a\n");
    stream.reset();
    expect(() => messages[0]?.answer()).toThrow(ClosedError);
    messages[0]?.fail(new ClosedError({ by: "remote", kind: "reset", code: "ECONNRESET" }));
    await settled();
    expect(failures).toEqual([]);
  });
});

describe("messages by iteration", () => {
  it("come in order, a chunk at a time, until FIN", async () => {
    const { stream, connection } = connect();
    const seen = collect(connection);
    stream.receive("a\nb\n");
    stream.receive("c\nlast");
    stream.sink.ended();
    expect(await seen).toEqual(["a", "b", "c", "last"]);
    expect(connection.state).toBe("closing");
  });

  it("hold back the next chunk until the last message is taken", async () => {
    const { stream, connection } = connect(undefined, { readAheadBytes: 2 });
    const messages = connection[Symbol.asyncIterator]();
    stream.receive("a\nb\n");
    stream.receive("c\n");
    expect(stream.paused).toBe(true);
    expect((await messages.next()).value).toBe("a");
    expect((await messages.next()).value).toBe("b");
    expect(connection.counters.messagesIn).toBe(2);
    expect((await messages.next()).value).toBe("c");
    expect(stream.paused).toBe(false);
  });

  it("hold back while the outbound buffer is full", async () => {
    const { stream, clock, connection } = connect(undefined, { highWatermarkBytes: 4, lowWatermarkBytes: 0 });
    const messages = connection[Symbol.asyncIterator]();
    stream.takes = false;
    stream.receive("a\nb\n");
    await messages.next();
    connection.send("12345");
    clock.turn();
    const next = messages.next();
    let taken = false;
    void next.then(() => {
      taken = true;
    });
    await settled();
    expect(taken).toBe(false);
    stream.drain();
    expect((await next).value).toBe("b");
  });

  it("go on where an earlier loop left off", async () => {
    const { stream, connection } = connect();
    stream.receive("head\nbody\n");
    for await (const line of connection) {
      expect(line).toBe("head");
      break;
    }
    stream.sink.ended();
    expect(await collect(connection)).toEqual(["body"]);
  });

  it("throw when the connection is lost, after the messages that had come", async () => {
    const { stream, connection } = connect();
    stream.receive("a\nb\n");
    const messages = connection[Symbol.asyncIterator]();
    expect((await messages.next()).value).toBe("a");
    stream.reset();
    expect((await messages.next()).value).toBe("b");
    await expect(messages.next()).rejects.toMatchObject({
      code: "closed",
      blame: "remote",
      reason: { kind: "reset", code: "ECONNRESET" },
    });
  });

  it("end when this side closes", async () => {
    const { connection } = connect();
    const seen = collect(connection);
    void connection.close();
    connection.destroy();
    expect(await seen).toEqual([]);
  });

  it("serve a function, whose end closes the connection", async () => {
    const { stream, clock, closes } = connect(async (connection) => {
      for await (const line of connection) {
        connection.send(line);
        if (line === "bye") return;
      }
    });
    stream.receive("a\nbye\nnever\n");
    await settled();
    clock.turn();
    expect(stream.written).toBe("a\nbye\n");
    expect(stream.state).toBe("ended");
    stream.sink.closed();
    expect(closes).toEqual([{ by: "local", kind: "ended" }]);
  });

  it("fail with the function that throws, at once or later", async () => {
    for (const fail of [
      () => {
        throw new Error("at once");
      },
      () => Promise.reject(new Error("later")),
    ]) {
      const { connection, failures } = connect(fail);
      await settled();
      expect(failures).toHaveLength(1);
      expect(connection.state).toBe("closing");
    }
  });
});

describe("the other side's FIN", () => {
  it("is answered once everything pending is, the unterminated last line included", async () => {
    const { handler, messages } = deferred();
    const { stream, clock, connection, closes } = connect(handler);
    stream.receive("a\nb");
    stream.sink.ended();
    expect(connection.state).toBe("remote-ended");
    messages[0]?.answer();
    await settled();
    expect(messages.map(({ line }) => line)).toEqual(["a", "b"]);
    expect(stream.state).toBe("open");
    messages[1]?.answer();
    await settled();
    clock.turn();
    expect(stream.written).toBe("re a\nre b\n");
    expect(stream.state).toBe("ended");
    stream.sink.closed();
    expect(closes).toEqual([{ by: "remote", kind: "ended" }]);
  });

  it("is left to a handler that has ended()", () => {
    const ended = vi.fn();
    const { stream, connection } = connect({ ...echo, ended });
    stream.receive("a\n");
    stream.sink.ended();
    expect(ended).toHaveBeenCalledTimes(1);
    expect(connection.state).toBe("remote-ended");
    connection.send("still here");
    connection.end();
    expect(stream.written).toBe("a\nstill here\n");
    expect(connection.state).toBe("closing");
  });

  it("calls ended() only after the last message was handled", async () => {
    const { handler, messages } = deferred();
    const ended = vi.fn();
    const { stream } = connect({ ...handler, ended });
    stream.receive("a\nb");
    stream.sink.ended();
    messages[0]?.answer();
    await settled();
    expect(ended).not.toHaveBeenCalled();
    messages[1]?.answer();
    await settled();
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it("ends a connection that nobody handles and that brought nothing", () => {
    const { stream, connection } = connect();
    stream.sink.ended();
    expect(connection.state).toBe("closing");
  });
});

describe("ending", () => {
  it("end() sends FIN behind what was sent, and reading goes on", async () => {
    const { stream, connection, closes } = connect();
    const seen = collect(connection);
    connection.send("question");
    connection.end();
    expect(stream.writes).toEqual(["question\n"]);
    expect(stream.state).toBe("ended");
    expect(connection.state).toBe("local-ended");
    expect(() => connection.send("more")).toThrow(ClosedError);
    stream.receive("answer\n");
    stream.sink.ended();
    stream.sink.closed();
    expect(await seen).toEqual(["answer"]);
    expect(closes).toEqual([{ by: "local", kind: "ended" }]);
  });

  it("waits with the end until what has arrived is handled, even if the stream is gone", async () => {
    const { handler, messages } = deferred();
    const { stream, connection, closes } = connect({
      message: (line, c) => handler.message(line, { ...c, send: () => true } as never),
    });
    connection.end();
    stream.receive("a\nb\n");
    stream.sink.ended();
    stream.sink.closed();
    expect(closes).toEqual([]);
    messages[0]?.answer();
    await settled();
    messages[1]?.answer();
    await settled();
    expect(messages.map(({ line }) => line)).toEqual(["a", "b"]);
    expect(closes).toEqual([{ by: "local", kind: "ended" }]);
  });

  it("close() flushes, sends FIN, discards what still comes, and resolves", async () => {
    const { stream, connection } = connect(echo);
    stream.takes = false;
    connection.send("last words");
    const closed = connection.close();
    expect(stream.written).toBe("last words\n");
    expect(stream.state).toBe("open");
    stream.drain();
    expect(stream.state).toBe("ended");
    stream.receive("ignored\n");
    expect(connection.counters.messagesIn).toBe(0);
    stream.sink.ended();
    stream.sink.closed();
    expect(await closed).toEqual({ by: "local", kind: "ended" });
    expect(await connection.close()).toEqual({ by: "local", kind: "ended" });
  });

  it("close() within an async callback does not wait for that callback", async () => {
    const { stream, connection } = connect({
      async message(_line, itself) {
        await itself.close();
      },
    });
    stream.receive("quit\n");
    expect(stream.state).toBe("ended");
    stream.sink.closed();
    expect(await connection.close()).toEqual({ by: "local", kind: "ended" });
  });

  it("lingers for the other side's FIN, but not for ever", () => {
    const { stream, clock, connection, closes } = connect(echo, { lingerMs: 100 });
    void connection.close();
    clock.advance(99);
    expect(stream.state).toBe("ended");
    clock.advance(1);
    expect(stream.state).toBe("destroyed");
    expect(closes).toEqual([{ by: "local", kind: "ended" }]);
  });

  it("gives up a close that the other side does not let through", async () => {
    const { stream, clock, connection, closes } = connect(echo, { lingerMs: 100, writeStallMs: 1_000 });
    stream.takes = false;
    connection.send("a");
    clock.turn();
    connection.send("b");
    const flushed = connection.flushed();
    void connection.close();
    clock.advance(999);
    stream.drain();
    // Progress was made, so the time begins anew.
    clock.advance(999);
    expect(closes).toEqual([]);
    clock.advance(1);
    expect(closes).toEqual([{ by: "local", kind: "write-stall", afterMs: 1_000 }]);
    await expect(flushed).rejects.toBeInstanceOf(ClosedError);
  });

  it("destroy() drops what is unsent and rejects who waits", async () => {
    const { stream, clock, connection, closes } = connect(echo, {
      highWatermarkBytes: 4,
      lowWatermarkBytes: 0,
    });
    stream.takes = false;
    connection.send("12345");
    const waits = [connection.writable(), connection.flushed()];
    connection.destroy();
    connection.destroy();
    expect(stream.state).toBe("destroyed");
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ reason: { kind: "destroyed" } });
    expect(closes).toEqual([{ by: "local", kind: "destroyed" }]);
    expect(() => connection.send("more")).toThrow(ClosedError);
    await expect(connection.writable()).rejects.toBeInstanceOf(ClosedError);
    await expect(connection.flushed()).rejects.toBeInstanceOf(ClosedError);
    expect(clock.timers).toBe(0);
  });

  it("a reset closes at once, with the system's code, and aborts the signal", () => {
    const closed = vi.fn();
    const { stream, connection } = connect({ ...echo, closed });
    const { signal } = connection;
    expect(signal.aborted).toBe(false);
    stream.reset("EPIPE");
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBeInstanceOf(ClosedError);
    expect(closed).toHaveBeenCalledExactlyOnceWith(connection, {
      by: "remote",
      kind: "reset",
      code: "EPIPE",
    });
    stream.sink.closed();
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it("has an aborted signal for who asks too late", () => {
    const { connection } = connect(echo);
    connection.destroy();
    expect(connection.signal.aborted).toBe(true);
  });

  it("reports a closed() that throws, and is closed all the same", () => {
    const { connection, failures, closes } = connect({
      ...echo,
      closed() {
        throw new Error("in closed");
      },
    });
    connection.destroy();
    expect(failures).toHaveLength(1);
    expect(closes).toHaveLength(1);
  });
});

describe("input that is wrong", () => {
  it("closes with limit after the replies before it", () => {
    const { stream, clock, connection, closes } = connect(echo);
    stream.receive(`ok\n${"x".repeat(maxFrameBytes + 1)}\nnever\n`);
    clock.turn();
    expect(stream.written).toBe("ok\n");
    expect(connection.state).toBe("closing");
    stream.sink.closed();
    expect(closes).toEqual([{ by: "local", kind: "frame-too-long", limit: 16 }]);
  });

  it("closes as malformed if it is not UTF-8", () => {
    const { stream, closes } = connect(echo);
    stream.receive(new Uint8Array([0xff, 0x0a]));
    stream.sink.closed();
    expect(closes).toEqual([expect.objectContaining({ by: "local", kind: "malformed" })]);
  });

  it("is a handler's error if the codec itself is at fault", () => {
    const stream = new ScriptedStream();
    const failures: unknown[] = [];
    const error = new TypeError("a bug");
    const broken = { ...lines.message, decode: () => Promise.reject as never };
    broken.decode = () => {
      throw error;
    };
    const connection = new StreamConnection(
      new ConnectionSetup<string>({
        idPrefix: "c",
        codec: { ...lines, message: broken },
        clock: new ScriptedClock(),
        options: connectionOptions({}),
        observer: { closed() {}, handlerFailed: (_, failure) => failures.push(failure) },
      }),
      stream,
      1,
    );
    connection.open();
    connection.handle(echo);
    stream.receive("a\n");
    expect(failures).toEqual([error]);
  });
});

describe("work beside the messages", () => {
  const pings: Handler<string> = {
    message(line, connection) {
      if (line === "work") connection.workBegun();
      else if (line === "done") connection.workDone();
      else connection.send(line);
    },
  };

  it("keeps the connection busy", () => {
    const { stream, connection } = connect(pings);
    stream.receive("work\nwork\n");
    expect(connection.info().busy).toBe(true);
    stream.receive("done\n");
    expect(connection.info().busy).toBe(true);
    stream.receive("done\n");
    expect(connection.info().busy).toBe(false);
  });

  it("is waited for by a drain, which reads on meanwhile", () => {
    const { stream, clock, connection } = connect(pings);
    stream.receive("work\n");
    expect(connection.drain()).toBe(true);
    stream.receive("a\nb\n");
    clock.turn();
    expect(stream.written).toBe("a\nb\n");
    stream.receive("done\nc\n");
    clock.turn();
    expect(connection.state).toBe("closing");
    stream.receive("d\n");
    expect(stream.written).toBe("a\nb\nc\n");
  });

  it("is waited for after the other side's FIN", () => {
    const { stream, connection } = connect(pings);
    stream.receive("work\n");
    stream.sink.ended();
    expect(connection.state).toBe("remote-ended");
    connection.send("late");
    connection.workDone();
    expect(connection.state).toBe("closing");
    expect(stream.written).toBe("late\n");
  });

  it("may end after the connection", () => {
    const { stream, connection, closes } = connect(pings);
    stream.receive("work\n");
    connection.destroy();
    connection.workDone();
    expect(closes).toEqual([{ by: "local", kind: "destroyed" }]);
  });
});

describe("draining", () => {
  it("ends an idle connection at once, and tells its handler", () => {
    const drain = vi.fn((connection: Connection<string>) => {
      connection.send("going");
    });
    const { stream, connection, closes } = connect({ ...echo, drain });
    expect(connection.drain()).toBe(false);
    expect(drain).toHaveBeenCalledTimes(1);
    expect(stream.written).toBe("going\n");
    expect(stream.state).toBe("ended");
    stream.sink.closed();
    expect(closes).toEqual([{ by: "local", kind: "drained" }]);
  });

  it("lets what was received finish, and takes nothing new", async () => {
    const { handler, messages } = deferred();
    const { stream, connection } = connect(handler);
    stream.receive("a\nb\nc");
    expect(connection.drain()).toBe(true);
    stream.receive("d\ne\nf\n");
    for (let answered = 0; answered < messages.length; answered++) {
      messages[answered]?.answer();
      await settled();
    }
    // "cd" had begun before the drain; "e" had not.
    expect(messages.map(({ line }) => line)).toEqual(["a", "b", "cd"]);
    expect(stream.written).toBe("re a\nre b\nre cd\n");
    expect(connection.state).toBe("closing");
  });

  it("takes nothing new because of work that was begun after it", async () => {
    const seen: string[] = [];
    let finish = () => {};
    const { stream, connection } = connect({
      message(line, itself) {
        seen.push(line);
        itself.workBegun();
        return new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
    });
    stream.receive("a");
    connection.drain();
    stream.receive("\nb\n");
    connection.workDone();
    finish();
    await settled();
    expect(seen).toEqual(["a"]);
    expect(connection.state).toBe("closing");
  });

  it("takes nothing new from a side that never stops sending", () => {
    const { stream, clock, connection } = connect(echo);
    stream.receive("a\nb");
    connection.drain();
    stream.receive("c\nd\ne\nf");
    clock.turn();
    expect(stream.written).toBe("a\nbc\n");
    expect(connection.state).toBe("closing");
  });

  it("ends an iteration that waits, and waits for its function", async () => {
    let finish = () => {};
    const { stream, clock, connection } = connect(async (itself) => {
      for await (const line of itself) itself.send(line);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      itself.send("bye");
    });
    stream.receive("a\n");
    await settled();
    clock.turn();
    expect(connection.drain()).toBe(false);
    await settled();
    expect(connection.state).toBe("draining");
    finish();
    await settled();
    expect(stream.written).toBe("a\nbye\n");
    expect(connection.state).toBe("closing");
  });
});

describe("before it is served", () => {
  function arrive() {
    const stream = new ScriptedStream();
    const closes: CloseReason[] = [];
    const connection = new StreamConnection(
      new ConnectionSetup<string>({
        idPrefix: "c",
        codec: lines,
        clock: new ScriptedClock(),
        options: connectionOptions({ waitingReadAheadBytes: 4 }),
        observer: { closed: (_, reason) => closes.push(reason), handlerFailed() {} },
      }),
      stream,
      1,
    );
    connection.wait();
    return { stream, connection, closes };
  }

  it("reads ahead to its bound, sees a reset, and cannot send", () => {
    const { stream, connection, closes } = arrive();
    expect(() => connection.send("x")).toThrow(ParleyError);
    stream.receive("a\n");
    expect(stream.paused).toBe(false);
    stream.receive("b\n");
    expect(stream.paused).toBe(true);
    stream.reset();
    expect(closes).toEqual([{ by: "remote", kind: "reset", code: "ECONNRESET" }]);
  });

  it("is served with what came meanwhile, even if it has ended", () => {
    const { stream, connection } = arrive();
    stream.receive("a\n");
    stream.sink.ended();
    expect(connection.state).toBe("waiting");
    connection.open();
    expect(connection.state).toBe("remote-ended");
    connection.handle(echo);
    expect(stream.written).toBe("a\n");
    expect(connection.state).toBe("closing");
  });

  it("is refused with a word and FIN, or with a reset", () => {
    const told = arrive();
    told.connection.refuse({ by: "local", kind: "overload" }, encode(lines, "busy"));
    expect(told.stream.written).toBe("busy\n");
    expect(told.stream.state).toBe("ended");
    const untold = arrive();
    untold.connection.refuse({ by: "local", kind: "overload" });
    expect(untold.stream.state).toBe("destroyed");
    expect(untold.closes).toEqual([{ by: "local", kind: "overload" }]);
  });
});

describe("changing the codec", () => {
  const raws = codec(raw(), bytes());
  const asText = (chunk: Uint8Array): string => Buffer.from(chunk).toString();

  it("in a callback loses nothing and reads nothing twice, wherever the input is cut", () => {
    const input = "one\nRAW\nab\ncd\n";
    for (let cut = 0; cut <= input.length; cut++) {
      const seen: string[] = [];
      const { stream, clock } = connect({
        message(line, connection) {
          seen.push(line);
          connection.send(`${line}!`);
          if (line !== "RAW") return;
          const switched = connection.switchCodec(raws, {
            message(chunk, itself) {
              seen.push(asText(chunk));
              itself.send(chunk);
            },
          });
          switched.send(Buffer.from("=>"));
        },
      });
      stream.receive(input.slice(0, cut));
      stream.receive(input.slice(cut));
      clock.turn();
      expect(seen.slice(0, 2)).toEqual(["one", "RAW"]);
      expect(seen.slice(2).join("")).toBe("ab\ncd\n");
      expect(stream.written).toBe("one!\nRAW!\n=>ab\ncd\n");
    }
  });

  it("in an iteration does so too, though messages behind it were decoded already", async () => {
    const input = "one\nRAW\nab\ncd\n";
    for (let cut = 0; cut <= input.length; cut++) {
      const seen: string[] = [];
      const { stream } = connect(async (connection) => {
        for await (const line of connection) {
          seen.push(line);
          if (line === "RAW") break;
        }
        await settled();
        for await (const chunk of connection.switchCodec(raws)) seen.push(asText(chunk));
      });
      stream.receive(input.slice(0, cut));
      await settled();
      stream.receive(input.slice(cut));
      stream.sink.ended();
      await settled();
      await settled();
      expect(seen.slice(0, 2)).toEqual(["one", "RAW"]);
      expect(seen.slice(2).join("")).toBe("ab\ncd\n");
    }
  });

  it("goes there and back", async () => {
    const seen: string[] = [];
    const two = codec(fixedLength(2), bytes());
    const { stream, connection } = connect();
    const reading = (async () => {
      for await (const line of connection) {
        seen.push(line);
        if (line !== "2") continue;
        for await (const pair of connection.switchCodec(two)) {
          seen.push(asText(pair));
          if (asText(pair) === "..") break;
        }
        connection.switchCodec(lines);
      }
    })();
    stream.receive("a\n2\nb\n..c\n2\n");
    stream.receive("...\n");
    stream.receive("d\n");
    stream.sink.ended();
    await reading;
    expect(seen).toEqual(["a", "2", "b\n", "..", "c", "2", "..", ".", "d"]);
  });

  it("reads what is put back first", () => {
    const seen: string[] = [];
    const { stream, connection } = connect();
    const switched = connection.switchCodec(raws, {
      message(chunk, itself) {
        itself.switchCodec(lines, { message: (line) => void seen.push(line) }, chunk);
      },
    });
    expect(switched).toBe(connection);
    stream.receive("a\nb");
    stream.receive("c\n");
    expect(seen).toEqual(["a", "bc"]);
  });

  it("opens the new handler, and tells every handler of the end", () => {
    const told: string[] = [];
    const named = (name: string) => ({
      open: () => void told.push(`${name} open`),
      message() {},
      closed: () => void told.push(`${name} closed`),
    });
    const { connection } = connect(named("first"));
    connection.switchCodec(raws, named("second"));
    connection.destroy();
    expect(told).toEqual(["first open", "second open", "first closed", "second closed"]);
    expect(() => connection.switchCodec(raws)).toThrow(ClosedError);
  });

  it("is refused in the middle of a frame, and beside an iteration if it brings a handler", () => {
    const { stream, connection } = connect(echo);
    stream.receive("half");
    expect(() => connection.switchCodec(raws)).toThrow(expect.objectContaining({ code: "mid-frame" }));
    const iterated = connect(() => new Promise(() => {}));
    expect(() => iterated.connection.switchCodec(raws, { message() {} })).toThrow(
      expect.objectContaining({ code: "in-use" }),
    );
  });
});

describe("frames that are passed over", () => {
  it("are told of once, and the next ones come", () => {
    const stream = new ScriptedStream();
    const skipped: unknown[] = [];
    const seen: string[] = [];
    const connection = new StreamConnection(
      new ConnectionSetup<string>({
        idPrefix: "c",
        codec: textLines({ maxFrameBytes: 4, onTooLong: "skip" }),
        clock: new ScriptedClock(),
        options: connectionOptions({}),
      }),
      stream,
      1,
    );
    connection.open();
    connection.handle({
      message: (line) => void seen.push(line),
      skipped: (fault) => void skipped.push(fault),
    });
    stream.receive("a\ntoo ");
    stream.receive("long, ");
    stream.receive("much\nb\nfar too long\nc\n");
    expect(seen).toEqual(["a", "b", "c"]);
    const fault = { kind: "too-long", limit: 4, recoverable: true };
    expect(skipped).toEqual([fault, fault]);
    expect(connection.state).toBe("open");
  });
});

describe("a handler's closing()", () => {
  it("comes once, before closed(), also when the connection is lost at once", () => {
    for (const end of ["close", "destroy"] as const) {
      const told: string[] = [];
      const { stream, connection } = connect({
        ...echo,
        closing: (itself, reason) => void told.push(`closing ${itself.state} ${reason.kind}`),
        closed: (_, reason) => void told.push(`closed ${reason.kind}`),
      });
      void connection[end]();
      stream.sink.closed();
      const kind = end === "close" ? "ended" : "destroyed";
      expect(told).toEqual([`closing ${end === "close" ? "closing" : "closed"} ${kind}`, `closed ${kind}`]);
    }
  });

  it("comes to each of two that were opened, also if the first destroys the connection in its own", () => {
    const told: string[] = [];
    const second: Handler<string> = {
      message() {},
      closing: () => void told.push("closing 2"),
      closed: () => void told.push("closed 2"),
    };
    const { stream, connection } = connect({
      message: (_, itself) => void itself.switchCodec(lines, second),
      closing(itself) {
        told.push("closing 1");
        itself.destroy();
      },
      closed: () => void told.push("closed 1"),
    });
    stream.receive("a\n");
    void connection.close();
    expect(told).toEqual(["closing 1", "closed 1", "closing 2", "closed 2"]);
  });

  it("lets nobody handle a connection that is closed", () => {
    const { connection } = connect();
    connection.destroy();
    expect(() => connection.handle(echo)).toThrow(ClosedError);
  });
});

describe("a handler with ended()", () => {
  it("does not keep a connection that both sides have ended", () => {
    const ended = vi.fn();
    const { stream, connection, closes } = connect({ ...echo, ended });
    connection.end();
    stream.sink.ended();
    stream.sink.closed();
    expect(ended).toHaveBeenCalledTimes(1);
    expect(closes).toEqual([{ by: "local", kind: "ended" }]);
  });

  it("is not told of the end of an input by which it has closed already", () => {
    const ended = vi.fn();
    const { stream, connection } = connect();
    connection.destroy();
    const waiting = connect();
    waiting.stream.sink.ended();
    expect(waiting.connection.state).toBe("closing");
    expect(() => waiting.connection.handle({ ...echo, ended })).not.toThrow();
    expect(ended).not.toHaveBeenCalled();
    expect(stream.state).toBe("destroyed");
  });
});

describe("handlers at odd moments", () => {
  it("fail their own connection only, when a side callback rejects", async () => {
    for (const name of ["ended", "closing", "closed", "drain"] as const) {
      const boom = new Error(name);
      const { stream, connection, failures } = connect({
        ...echo,
        [name]: async () => {
          throw boom;
        },
      });
      if (name === "drain") connection.drain();
      stream.sink.ended();
      stream.reset();
      await settled();
      expect(failures).toEqual([boom]);
    }
  });

  it("fail when what they return throws as it is looked at", () => {
    const { stream, connection, failures } = connect({
      message: () =>
        Object.defineProperty({}, "then", {
          get() {
            throw new Error("then");
          },
        }) as PromiseLike<void>,
    });
    stream.receive("a\n");
    expect(failures).toHaveLength(1);
    expect(connection.state).toBe("closing");
  });

  it("may destroy the connection in closing(), after which nothing is left", async () => {
    const told: string[] = [];
    const { stream, clock, connection, closes } = connect({
      message: () => settled(),
      closing(itself) {
        told.push("closing");
        itself.destroy();
      },
      closed: () => void told.push("closed"),
    });
    stream.receive("a\n");
    connection.end();
    stream.sink.ended();
    stream.sink.closed();
    await settled();
    await settled();
    expect(told).toEqual(["closing", "closed"]);
    expect(closes).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  it("hand over to another in open(), which then takes the messages", () => {
    const seen: string[] = [];
    const { stream } = connect({
      open: (connection) =>
        void connection.switchCodec(lines, { message: (line) => void seen.push(`second ${line}`) }),
      message: (line) => void seen.push(`first ${line}`),
    });
    stream.receive("a\n");
    expect(seen).toEqual(["second a"]);
  });

  it("hand over to another whose open() is waited for, whatever the first has still to do", async () => {
    const seen: string[] = [];
    let opened = () => {};
    const { stream } = connect({
      async message(_line, connection) {
        connection.switchCodec(lines, {
          open: () => new Promise<void>((resolve) => (opened = resolve)),
          message: (line) => void seen.push(line),
        });
      },
    });
    stream.receive("switch\na\nb\n");
    await settled();
    expect(seen).toEqual([]);
    opened();
    await settled();
    expect(seen).toEqual(["a", "b"]);
  });
});

describe("an iteration at odd moments", () => {
  it("reads behind a message what only the next codec understands", async () => {
    const frames = byteFrames();
    const { stream, closes } = connect(async (connection) => {
      for await (const line of connection) {
        if (line !== "GO") continue;
        for await (const frame of connection.switchCodec(frames)) connection.send(frame as never);
      }
    });
    stream.receive(Uint8Array.of(71, 79, 10, 0, 0, 0, 3, 255, 10, 255));
    await settled();
    stream.sink.ended();
    await settled();
    expect(closes).toEqual([]);
    expect(stream.written).toBe(Buffer.from([0, 0, 0, 3, 255, 10, 255]).toString());
  });

  it("takes the messages before what is malformed, and then fails", async () => {
    const { stream, connection } = connect();
    const messages = connection[Symbol.asyncIterator]();
    stream.receive(Uint8Array.of(97, 10, 98, 10, 255, 10));
    expect((await messages.next()).value).toBe("a");
    expect((await messages.next()).value).toBe("b");
    expect(connection.state).toBe("open");
    const failed = expect(messages.next()).rejects.toMatchObject({ reason: { kind: "malformed" } });
    expect(connection.state).toBe("closing");
    stream.sink.closed();
    await failed;
  });

  it("may be asked for several messages at once", async () => {
    const { stream, connection } = connect();
    const messages = connection[Symbol.asyncIterator]();
    const asked = [messages.next(), messages.next(), messages.next()];
    stream.receive("a\n");
    stream.receive("b\nc\n");
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual(["a", "b", "c"]);
  });

  it("that is left while a message is awaited does not swallow it", async () => {
    const { stream, connection } = connect();
    const messages = connection[Symbol.asyncIterator]();
    const awaited = messages.next();
    await messages.return?.();
    expect(await awaited).toEqual({ value: undefined, done: true });
    stream.receive("a\n");
    expect((await messages.next()).value).toBe("a");
  });
});

it("cannot change the codec within a frame that is passed over", () => {
  const refused: unknown[] = [];
  const seen: string[] = [];
  const stream = new ScriptedStream();
  const connection = new StreamConnection(
    new ConnectionSetup<string>({
      idPrefix: "c",
      codec: textLines({ maxFrameBytes: 4, onTooLong: "skip" }),
      clock: new ScriptedClock(),
      options: connectionOptions({}),
    }),
    stream,
    1,
  );
  connection.open();
  connection.handle({
    message: (line) => void seen.push(line),
    skipped(_fault, itself) {
      try {
        itself.switchCodec(lines);
      } catch (error) {
        refused.push((error as ParleyError).code);
      }
    },
  });
  stream.receive("0123456789");
  stream.receive("SECRET\nok\n");
  expect(refused).toEqual(["mid-frame"]);
  expect(seen).toEqual(["ok"]);
});

it("ends at once in a drain if it has nothing to say any more and waits for the other side's FIN", () => {
  const { stream, connection } = connect(echo);
  connection.end();
  expect(connection.drain()).toBe(false);
  expect(connection.state).toBe("closing");
  const patient = connect({ ...echo, ended() {} });
  patient.stream.sink.ended();
  expect(patient.connection.state).toBe("remote-ended");
  patient.connection.drain();
  expect(patient.stream.state).toBe("ended");
  expect(stream.state).toBe("ended");
});

it("loses nothing in a drain that came behind the chunk by whose last message an iteration changes the codec", async () => {
  const seen: string[] = [];
  const { stream, clock, connection } = connect();
  stream.receive("switch\n");
  connection.handle(async (itself) => {
    for await (const line of itself) {
      seen.push(line);
      if (line === "switch") itself.switchCodec(textLines());
    }
  });
  stream.receive("a\nb");
  connection.drain();
  stream.receive("\nc\n");
  await settled();
  clock.turn();
  expect(seen).toEqual(["switch", "a", "b"]);
  expect(connection.state).toBe("closing");
});

it("ends in a drain as soon as it is through, if one side had ended before and it was busy then", async () => {
  for (const ends of ["local", "remote"] as const) {
    let finish = () => {};
    const message = () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      });
    const { stream, connection, failures } = connect({ message, ended() {} });
    stream.receive("a\n");
    if (ends === "local") connection.end();
    else stream.sink.ended();
    expect(connection.drain()).toBe(true);
    expect(connection.state).toBe(`${ends}-ended`);
    finish();
    await settled();
    expect(connection.state).toBe("closing");
    expect(failures).toEqual([]);
  }
});
