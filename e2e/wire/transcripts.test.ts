import { describe, expect, it } from "vitest";
import { replayToClient } from "./client-replay.ts";
import { replayToServer } from "./server-replay.ts";
import { documented, type Line, linesOf, type Transcript, transcripts } from "./transcript.ts";

const all = transcripts();

function isOfClient({ lines }: Transcript): boolean {
  return lines.some((line) => "happens" in line && line.happens === "the client is Parley's");
}

function replay(transcript: Transcript): Promise<void> {
  return isOfClient(transcript) ? replayToClient(transcript.lines) : replayToServer(transcript.lines);
}

describe("docs/wire.md", () => {
  it.each(all)("is true: $name", replay);

  it("has no conversation that is not replayed", () => {
    const elsewhere = documented.replaceAll(/^```transcript\n.*?^```$/gms, "");
    expect(elsewhere.match(/^[<>] .+$/gm)).toBeNull();
    expect(all.length).toBeGreaterThan(40);
  });

  const others = all.flatMap((transcript) => alterations(transcript));
  it.each(others)("would not be true otherwise: $name", async (altered) => {
    await expect(replay(altered)).rejects.toThrow("Expected: ");
  });
});

/** The same transcript with another byte in each of the lines that Parley says in it. */
function alterations(transcript: Transcript): Transcript[] {
  const { name, lines } = transcript;
  const parleys = isOfClient(transcript) ? "client" : "server";
  return lines.flatMap((line, at): Transcript[] => {
    if ("happens" in line || line.by !== parleys || /^(FIN|RST|nothing)$/.test(line.text)) return [];
    const altered: Line = {
      by: line.by,
      text: line.text.replace(/\d(?!.*\d)/, (digit) => (digit === "7" ? "8" : "7")),
    };
    return [{ name: `${name}, line ${at + 1}`, lines: lines.with(at, altered) }];
  });
}

describe("a transcript", () => {
  it("has no lines but those that can be replayed", () => {
    expect(() => linesOf("> 1\n2\n")).toThrow("no line of a transcript: 2");
  });

  it.each(["(the moon rises)\n", "(the client is Parley's)\n(the moon rises)\n"])(
    "is not true if nobody can bring it about: %j",
    async (source) => {
      await expect(replay({ name: "", lines: linesOf(source) })).rejects.toThrow("the moon rises");
    },
  );

  it.each([
    ["what does not come", "< {}\n", "It does not come: {}"],
    ["a FIN that does not come", "< FIN\n", "It does not come: FIN"],
    ["what is not told", '> {"jsonrpc":"2.0","id":1,"method":"$/ping"}\n', "Actual:   {"],
    ["a FIN that is not told", "> FIN\n", "Actual:   FIN"],
    [
      "what comes in place of nothing",
      '> {"jsonrpc":"2.0","id":1,"method":"$/ping"}\n< nothing\n',
      "Expected: nothing",
    ],
    ["FIN in place of RST", "> FIN\n< RST\n", "Expected: RST"],
  ])("is not true with %s", async (_, source, why) => {
    await expect(replay({ name: "", lines: linesOf(source) })).rejects.toThrow(why);
  });
});
