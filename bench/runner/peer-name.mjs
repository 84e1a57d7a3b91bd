/** The program of a peer named `PEER` or `PEER:VARIANT`, and its variant as arguments. */
export function peerFile(family, peer) {
  const [name, ...variant] = peer.split(":");
  return { file: new URL(`../peers/${family}/${name}.mjs`, import.meta.url).pathname, variant };
}

/** How a peer is called in tables and plots. */
export const peerLabel = (peer) => peer.replace(":", ", ");

/** Whether `chosen`, the argument of --peers, has this peer: it names it, or the part before the colon. */
export const isChosen = (peer, chosen) => chosen.some((name) => peer === name || peer.split(":")[0] === name);
