import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { pinned } from "./cores.mjs";
import { peerFile } from "./peer-name.mjs";

const startMs = 60_000;
const stopMs = 3_000;

/** Why a peer cannot take part on this machine. */
export class MissingPeer extends Error {}

/**
 * Runs the server of a peer in a process of its own.
 * @param extra arguments behind the peer's variant.
 * @throws MissingPeer if what it needs is not installed.
 */
export async function startServer(family, peer, extra = []) {
  const { file, variant } = peerFile(family, peer);
  if (!existsSync(file)) throw new MissingPeer(`there is no ${family} peer of that name`);
  const [command, ...args] = pinned(
    "server",
    [process.execPath, file, "server", ...variant, ...extra].map(String),
  );
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "pipe", "ipc"] });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaints += text;
  });
  // Nobody may be waiting when it ends.
  const ended = once(child, "exit").then(([code, signal]) => `${peer} ended with ${code ?? signal}`);
  const facts = await first();
  if (facts.missing !== undefined) throw new MissingPeer(facts.missing);
  child.stderr.on("data", (text) => process.stderr.write(text));
  return { ...facts, ask, stop };

  async function first() {
    const late = setTimeout(() => child.kill("SIGKILL"), startMs);
    try {
      return await answer();
    } catch (error) {
      const [, name] = /Cannot find (?:package|module) '([^']+)'/.exec(complaints) ?? [];
      throw name === undefined ? error : new MissingPeer(`${name} is not installed`);
    } finally {
      clearTimeout(late);
    }
  }

  /** Asks for one of the answers in servers/report.mjs. */
  function ask(what) {
    child.send(what);
    return answer();
  }

  async function answer() {
    const enough = new AbortController();
    const message = once(child, "message", { signal: enough.signal });
    message.catch(() => {});
    const first = await Promise.race([message, ended]);
    enough.abort();
    if (typeof first === "string") throw new Error(`${first}\n${complaints}`);
    return first[0];
  }

  async function stop() {
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), stopMs);
    await ended;
    clearTimeout(force);
  }
}
