import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import { Report } from "./report.ts";
import { runTour } from "./run-tour.ts";
import type { Station } from "./station.ts";

function reporting({ coloured = false, deadlineMs = 10_000 } = {}) {
  const told = { text: "" };
  const write = (text: string): void => {
    told.text += text;
  };
  return { told, report: new Report(write, picocolors.createColors(coloured), deadlineMs) };
}

const station = (visit: Station["visit"]): Station => ({
  title: "A station",
  source: "a.ts",
  about: "for a test",
  port: 0,
  join: () => "",
  server: { listen: async () => ["tcp://127.0.0.1:1"], close: () => Promise.reject(new Error("not asked")) },
  visit,
});

const sees = (line: string) => Promise.resolve({ ana: [line] });

describe("a report", () => {
  it("tells of a step that holds and of what was seen", async () => {
    const { told, report } = reporting();
    await report.step("ana hears it", { ana: ["it"] }, sees("it"));
    expect(told.text).toBe("  ✓ ana hears it\n      ana    │ it\n");
    expect(report.allHeld).toBe(true);
  });

  it("tells what was expected and what came of a step that does not", async () => {
    const { told, report } = reporting();
    await expect(report.step("ana hears it", { ana: ["it"] }, sees("else"))).rejects.toThrow("ana hears it");
    expect(told.text).toMatch(/✗ ana hears it\n +expected\n +ana +│ it\n +came\n +ana +│ else\n/);
    expect(report.allHeld).toBe(false);
  });

  it.each<[string, () => Promise<never>, RegExp]>([
    ["never comes", () => new Promise(() => {}), /nothing within 5 ms/],
    ["fails", () => Promise.reject(new Error("no luck")), /Error: no luck/],
  ])("counts a step that %s as not held", async (_, coming, why) => {
    const { told, report } = reporting({ deadlineMs: 5 });
    await expect(report.step("it comes", { ana: [] }, coming())).rejects.toThrow();
    expect(told.text).toMatch(why);
    expect(report.allHeld).toBe(false);
  });

  it("is coloured if asked to be", async () => {
    const { told, report } = reporting({ coloured: true });
    await report.step("ana hears it", { ana: ["it"] }, sees("it"));
    expect(told.text).toContain("\x1b[32m✓");
  });
});

describe("a tour", () => {
  it("goes on behind a station that does not hold, and has not held", async () => {
    const { told, report } = reporting();
    const wrong = station((_, report) => report.step("wrong", { ana: ["it"] }, sees("else")));
    const broken = station(() => Promise.reject(new Error("broken")));
    const right = station((_, report) => report.step("right", { ana: ["it"] }, sees("it")));
    expect(await runTour([wrong, broken, right], report)).toHaveLength(3);
    expect(told.text).toMatch(/✗ wrong[^]*✗ Error: broken[^]*✓ right[^]*2 of 3 steps did not hold/);
    expect(report.allHeld).toBe(false);
  });
});
