import { existsSync } from "node:fs";
import { Child } from "./child.mjs";
import { pinned } from "./cores.mjs";
import { peerFile } from "./peer-name.mjs";

/** Why a peer cannot take part on this machine. */
export class MissingPeer extends Error {}

/**
 * Runs the server of a peer in a process of its own; what it can be asked for is in servers/report.mjs.
 * @param extra arguments behind the peer's variant.
 * @throws MissingPeer if what it needs is not installed.
 */
export async function startServer(family, peer, extra = []) {
  const { file, variant } = peerFile(family, peer);
  if (!existsSync(file)) throw new MissingPeer(`there is no ${family} peer of that name`);
  const child = new Child(
    peer,
    pinned("server", [process.execPath, file, "server", ...variant, ...extra].map(String)),
  );
  const facts = await child.facts().catch((error) => {
    const [, name] = /Cannot find (?:package|module) '([^']+)'/.exec(child.complaints) ?? [];
    throw name === undefined ? error : new MissingPeer(`${name} is not installed`);
  });
  if (facts.missing !== undefined) throw new MissingPeer(facts.missing);
  return { ...facts, ask: (what) => child.ask(what), stop: () => child.stop() };
}
