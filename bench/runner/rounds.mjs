import { isChosen } from "./peer-name.mjs";
import { progress } from "./progress.mjs";
import { MissingPeer, startServer } from "./server-process.mjs";

/**
 * Measures a variant of a workload: the peers in turn, round after round, each time with a fresh server.
 * @returns `figures`, for each peer lists with a value a round; `leftOut`, for each peer that could not take part why; `versions`.
 */
export async function runRounds(workload, variant, { rounds, seconds, peers: chosen }) {
  const record = { figures: {}, leftOut: {}, versions: {} };
  const peers = (variant.peers ?? workload.peers).filter(
    (peer) => chosen === undefined || isChosen(peer, chosen),
  );
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      if (peer in record.leftOut) continue;
      progress(`${workload.name}, ${variant.name}: round ${round + 1} of ${rounds}`, peer);
      await measureOnce(peer);
    }
  }
  progress("");
  return record;

  async function measureOnce(peer) {
    let server;
    try {
      server = await startServer(workload.family, peer, variant.serverArgs);
      record.versions[peer] = server.versions;
      const measured = await workload.measure(server, { peer, variant, seconds, family: workload.family });
      const lists = (record.figures[peer] ??= {});
      for (const [figure, value] of Object.entries(measured)) (lists[figure] ??= []).push(value);
    } catch (error) {
      record.leftOut[peer] = error.message.trim().split("\n")[0];
      delete record.figures[peer];
      if (!(error instanceof MissingPeer)) process.stderr.write(`\n${error.message}\n`);
    } finally {
      await server?.stop();
    }
  }
}
