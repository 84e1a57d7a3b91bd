import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer, type Server } from "node:net";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const start = fileURLToPath(new URL("start.ts", import.meta.url));
const children = new Set<ChildProcess>();
const blockers: Server[] = [];

afterEach(async () => {
  for (const child of children) {
    child.kill("SIGKILL");
    await once(child, "close");
  }
  for (const blocker of blockers.splice(0)) blocker.close();
});

function tour(...args: string[]) {
  const env = { ...process.env, CI: "true", FORCE_COLOR: "1" };
  const child = spawn(process.execPath, ["--conditions=@parley/source", "--import", tsx, start, ...args], {
    env,
  });
  children.add(child);
  const told = { text: "" };
  const looks: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (piece: string) => {
      told.text += piece;
      for (const look of looks) look();
    });
  }
  const ended = once(child, "close").then(([code]) => {
    children.delete(child);
    return code as number | null;
  });
  const until = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = told.text.match(pattern);
        if (match !== null) resolve(match);
      };
      looks.push(look);
      look();
      void ended.then((code) => reject(new Error(`Ended with ${code} before ${pattern}: ${told.text}`)));
    });
  return { child, told, ended, until };
}

/** Takes the tour's own ports, as far as nobody else has. */
async function takePorts(): Promise<void> {
  for (const port of [6666, 6667, 6668, 6669]) {
    const blocker = createServer().listen(port, "127.0.0.1");
    await Promise.race([once(blocker, "listening"), once(blocker, "error").catch(() => {})]);
    if (blocker.listening) blockers.push(blocker);
  }
}

describe("the tour", () => {
  it("ends with 0 after --once, having shown every step, without colour in a pipe", async () => {
    const { told, ended } = tour("--once");
    expect(await ended, told.text).toBe(0);
    expect(told.text).toMatch(
      /1\. One at a time[^]*2\. All at once[^]*3\. Chat[^]*4\. Calculator[^]*All \d+ steps held\./,
    );
    expect(told.text).toMatch(/gus +│ Sorry: one is being served and five wait already/);
    expect(told.text.match(/✓/g)?.length).toBe(Number(told.text.match(/All (\d+) steps/)?.[1]));
    expect(told.text).not.toMatch(/\x1b|✗/);
  });

  it("takes other ports if its own are taken, and says so", async () => {
    await takePorts();
    const { told, ended } = tour("--once");
    expect(await ended, told.text).toBe(0);
    for (const port of [6666, 6667, 6668, 6669]) {
      expect(told.text).toMatch(
        new RegExp(`! Port ${port} is taken .* listens at tcp://127\\.0\\.0\\.1:\\d+ instead`),
      );
    }
    expect(told.text).toMatch(/All \d+ steps held\./);
  });

  it("stays up and says how to join, until Ctrl-C", async () => {
    const { child, told, ended, until } = tour();
    const [, port] = await until(/All at once +nc 127\.0\.0\.1 (\d+) /);
    await until(/All at once .*npx -y pnpm@12 parley send tcp:\/\/127\.0\.0\.1:\d+\n[^]*Ctrl-C here/);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = spawn(process.execPath, [
        "-e",
        `require("net").connect(${port}, "127.0.0.1").end("joined\\n").pipe(process.stdout)`,
      ]);
      socket.on("error", reject);
      socket.stdout.setEncoding("utf8").on("data", resolve);
    });
    expect(answer).toBe("joined\n");
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(told.text).toMatch(/Goodbye\.\n$/);
  });
});
