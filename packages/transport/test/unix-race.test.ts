import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatAddress } from "../src/address.ts";
import { socketDial } from "../src/dial.ts";
import { socketListener } from "../src/socket-listener.ts";
import { bindByLink } from "../src/unix-socket-file.ts";

/** Is told of each file just before it is removed. */
const removing = vi.hoisted(() => ({ tell: (_path: string): void => {} }));

vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs")>();
  return {
    ...fs,
    unlinkSync(path: string) {
      removing.tell(path);
      fs.unlinkSync(path);
    },
  };
});

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const program = fileURLToPath(new URL("unix-race-child.ts", import.meta.url));
const argumentsOf = (urls: readonly string[]): string[] => [
  "--conditions=@parley/source",
  "--import",
  tsx,
  program,
  ...urls,
];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parley-"));
});
afterEach(() => {
  removing.tell = () => {};
  rmSync(directory, { recursive: true });
});

/** The URL of a socket file that was left behind. */
function leftBehind(name: string): { path: string; url: string } {
  const path = join(directory, name);
  const server = createServer();
  bindByLink(path, undefined, (temporary) => server.listen({ path: temporary }).listening);
  server.close();
  return { path, url: formatAddress({ scheme: "unix", path }) };
}

/** A process that listens at one URL after the other. */
function racer(urls: readonly string[]): { next(): Promise<string>; stop(): Promise<unknown> } {
  const child = spawn(process.execPath, argumentsOf(urls), { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const line = async (): Promise<string> => (await lines.next()).value as string;
  const ready = line();
  return {
    async next() {
      expect(await ready).toBe("ready");
      child.stdin.write("go\n");
      return line();
    },
    stop() {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

describe.skipIf(process.platform === "win32")("a socket file that was left behind", () => {
  it("is not removed by two, of whom the second would remove what the first has put there", async () => {
    const { path, url } = leftBehind("x.sock");
    let other = "";
    removing.tell = (removed) => {
      if (removed !== path) return;
      removing.tell = () => {};
      other = spawnSync(process.execPath, argumentsOf([url]), { input: "go\n" }).stdout.toString();
    };
    const listener = await socketListener(url)({ accept: (stream) => stream.destroy(), failed() {} });
    expect(other).toBe("ready\naddress-in-use\n");
    (await socketDial(url)()).destroy();
    await listener.close();
  });

  it("gets one new owner, however many processes find it at once", async () => {
    const urls = Array.from({ length: 20 }, (_, index) => leftBehind(`${index}.sock`).url);
    const racers = Array.from({ length: 3 }, () => racer(urls));
    try {
      for (const url of urls) {
        const outcomes = await Promise.all(racers.map(({ next }) => next()));
        expect(outcomes.sort()).toEqual(["address-in-use", "address-in-use", "listening"]);
        (await socketDial(url)()).destroy();
      }
    } finally {
      await Promise.all(racers.map(({ stop }) => stop()));
    }
  });
});
