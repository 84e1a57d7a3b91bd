import { describe, expect, it } from "vitest";
import { ScriptedClock, ScriptedStream } from "../../test/scripted-stream.ts";
import {
  type CloseReason,
  ConnectionSetup,
  connectionOptions,
  heartbeat,
  jsonLines,
  StreamConnection,
  textLines,
} from "../index.ts";

const lines = textLines({ maxFrameBytes: 8 });

describe("a heartbeat", () => {
  it("is encoded once, for the codec that it was given for, over streams and over datagrams", () => {
    const checked = heartbeat(lines, { intervalMs: 1, message: "ping" });
    expect(checked.intervalMs).toBe(1);
    expect(checked.encoded).toMatchObject([
      { codecId: lines.id, messages: 1 },
      { codecId: "datagrams+text", messages: 1 },
    ]);
    expect(checked.encoded.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      "ping\n",
      "\0\0\0\u0004ping",
    ]);
    expect(Object.isFrozen(checked)).toBe(true);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("has no interval of %s ms", (intervalMs) => {
    expect(() => heartbeat(lines, { intervalMs, message: "ping" })).toThrow(
      expect.objectContaining({
        code: "bad-option",
        message: expect.stringContaining(`heartbeat.intervalMs is ${intervalMs}`) as string,
      }),
    );
  });

  it("is a message that the codec can express", () => {
    expect(() => heartbeat(lines, { intervalMs: 1, message: "a\nb" })).toThrow(
      expect.objectContaining({ code: "unencodable" }),
    );
    expect(() => heartbeat(lines, { intervalMs: 1, message: "much too long" })).toThrow(
      expect.objectContaining({ code: "frame-too-long", limit: 8 }),
    );
    expect(() => heartbeat(jsonLines(), { intervalMs: 1, message: undefined })).toThrow(
      expect.objectContaining({ code: "unencodable" }),
    );
  });
});

function connect(intervalMs: number) {
  const stream = new ScriptedStream();
  const clock = new ScriptedClock();
  const closes: CloseReason[] = [];
  const never = Number.POSITIVE_INFINITY;
  const connection = new StreamConnection<string>(
    new ConnectionSetup({
      idPrefix: "c",
      codec: lines,
      clock,
      options: connectionOptions({ idleTimeoutMs: never, frameTimeoutMs: never, writeStallMs: never }),
      heartbeat: heartbeat(lines, { intervalMs, message: "ping" }),
      observer: { closed: (_, reason) => closes.push(reason), handlerFailed() {} },
    }),
    stream,
    1,
  );
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      clock.turn();
    }
  };
  return { stream, connection, closes, clock, pass };
}

describe("a connection with a heartbeat", () => {
  it("asks who says nothing once, and gives up who does not answer", () => {
    const { stream, connection, closes, clock, pass } = connect(1_000);
    connection.open();
    connection.handle({ message() {} });
    pass(900);
    expect(stream.written).toBe("");
    pass(600);
    expect(stream.written).toBe("ping\n");
    pass(1_400);
    expect(stream.written).toBe("ping\n");
    expect(closes).toEqual([{ by: "local", kind: "unresponsive", afterMs: 2_000 }]);
    expect([stream.state, clock.timers]).toEqual(["destroyed", 0]);
  });

  it("counts what is sent as any other message", () => {
    const { connection, pass } = connect(1_000);
    connection.open();
    connection.handle({ message() {} });
    pass(1_500);
    expect(connection.counters).toMatchObject({ messagesOut: 1, bytesOut: 5 });
  });

  it("asks nobody before it is open, nor once it is closing", () => {
    const { stream, connection, clock, pass } = connect(1_000);
    pass(5_000);
    expect([stream.written, clock.timers]).toEqual(["", 0]);
    connection.open();
    connection.handle({ message() {} });
    void connection.close();
    pass(1_900);
    expect([stream.written, connection.state]).toEqual(["", "closing"]);
    pass(100);
    expect([connection.state, clock.timers]).toEqual(["closed", 0]);
  });
});
