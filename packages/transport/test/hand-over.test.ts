import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Dial,
  formatAddress,
  inheritable,
  type Listen,
  type Listener,
  socketDial,
  socketListener,
  tlsDial,
  tlsListener,
} from "../src/index.ts";
import { testAuthority, withoutOpenssl } from "./certificates.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Listens, and answers each connection with "predecessor". */
async function listening(listen: Listen): Promise<Listener> {
  const listener = await listen({
    accept(stream) {
      stream.open({ received() {}, ended() {}, drained() {}, closed() {} });
      stream.write(Buffer.from("predecessor"));
      stream.end();
    },
    failed(error) {
      throw error;
    },
  });
  undo.push(() => listener.close());
  return listener;
}

interface Successor {
  readonly addresses: string[];
  readonly left: string | null;
  /** Has it close its listeners, and waits for its end. */
  end(): Promise<void>;
}

/** Starts a process that inherits `listeners`, and waits until it listens. */
async function successor(listeners: readonly Listener[], env: Record<string, string>): Promise<Successor> {
  const urls = listeners.map(({ requested }) => requested as string);
  const inheritance = inheritable(
    listeners.map(({ descriptor }, index) => ({
      url: urls[index] as string,
      descriptor: descriptor as number,
    })),
  );
  const program = fileURLToPath(new URL("hand-over-child.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, ...urls], {
    stdio: ["pipe", "pipe", "inherit", ...inheritance.stdio],
    env: { ...process.env, ...env, ...inheritance.env },
  });
  const exited = once(child, "exit");
  const end = async (): Promise<void> => {
    child.stdin?.destroy();
    await exited;
  };
  undo.push(end);
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return { ...(JSON.parse(line.toString()) as Omit<Successor, "end">), end };
}

/** Who answers; rejects if nobody does. */
async function whoAnswers(dial: Dial): Promise<string> {
  const stream = await dial();
  return new Promise((resolve, reject) => {
    let answer = "";
    stream.open({
      received(bytes) {
        answer += Buffer.from(bytes).toString();
      },
      ended: () => stream.end(),
      drained() {},
      closed(error) {
        if (answer === "") reject(error ?? new Error("It was closed without an answer."));
        else resolve(answer);
      },
    });
  });
}

describe.skipIf(process.platform === "win32")("listeners that are handed over", () => {
  it(`answer every connection throughout (${withoutOpenssl ?? "over TLS too"})`, async () => {
    const directory = mkdtempSync(join(tmpdir(), "parley-"));
    undo.push(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "x.sock");
    const listeners = [
      await listening(socketListener("tcp://127.0.0.1:0")),
      await listening(socketListener(`${formatAddress({ scheme: "unix", path })}?mode=660`)),
    ];
    const dials = listeners.map(({ address }) => socketDial(address));
    const env = { CERT: "", KEY: "" };
    if (withoutOpenssl === undefined) {
      const authority = testAuthority("Parley test CA");
      const { cert, key } = authority.certify("server", "IP:127.0.0.1");
      Object.assign(env, { CERT: cert, KEY: key });
      const tls = await listening(tlsListener("tls://127.0.0.1:0", { cert, key }));
      listeners.push(tls);
      dials.push(tlsDial(tls.address, { ca: authority.cert }));
    }
    const answers = dials.map((): string[] => []);
    let over = false;
    const dialling = Promise.all(
      dials.map(async (dial, index) => {
        while (!over) answers[index]?.push(await whoAnswers(dial));
      }),
    );
    undo.push(() => {
      over = true;
      return dialling.catch(() => {});
    });
    await expect.poll(() => answers.every(({ length }) => length > 0)).toBe(true);

    const heir = await successor(listeners, env);
    expect(heir.addresses).toEqual(listeners.map(({ address }) => address));
    expect(heir.left).toBeNull();
    await Promise.all(listeners.map((listener) => listener.close({ handedOver: true })));
    const closedAt = answers.map(({ length }) => length);
    await Promise.race([
      dialling,
      expect.poll(() => answers.every(({ length }, at) => length > (closedAt[at] ?? 0) + 10)).toBe(true),
    ]);
    over = true;
    await dialling;

    for (const [at, all] of answers.entries()) {
      expect(new Set(all)).toEqual(new Set(["predecessor", "successor"]));
      // One may have been accepted just before.
      expect(new Set(all.slice((closedAt[at] ?? 0) + 1))).toEqual(new Set(["successor"]));
    }
    expect(statSync(path).isSocket()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    await heir.end();
    expect(existsSync(path)).toBe(false);
  });
});
