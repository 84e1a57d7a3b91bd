const idle = "(idle)";
/** Whoever records begins and ends the recording in the recorded process. */
const recorder = "node:inspector";

/** What a frame's code belongs to: `parley`, `library`, `node`, or `engine` for what V8 and the kernel do. */
function ownerOf({ url, functionName }) {
  if (/\/packages\/[a-z]+\/dist\//.test(url)) return "parley";
  if (url.startsWith("node:")) return "node";
  if (url === "" || functionName.startsWith("(")) return "engine";
  return /\/node_modules\//.test(url) ? "library" : "bench";
}

function nameOf({ url, functionName }) {
  const name = functionName || "(anonymous)";
  const file = url.split("/").at(-1);
  return file === "" ? name : `${name} ${file}`;
}

/**
 * A CPU profile as a tree of frames, `{ name, owner, micros, self, children }`: frames of the same name under the same parent are one;
 * idling and the recording itself are left out.
 */
export function framesOf({ nodes, samples, timeDeltas }) {
  const micros = new Map();
  for (const [i, id] of samples.entries()) micros.set(id, (micros.get(id) ?? 0) + Math.max(0, timeDeltas[i]));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const root = { name: "all", owner: "engine", micros: 0, self: 0, children: new Map() };
  for (const id of nodes[0].children ?? []) add(root, byId.get(id));
  root.micros = sum(root);
  return root;

  function add(parent, { id, callFrame, children = [] }) {
    if (callFrame.functionName === idle || callFrame.url.startsWith(recorder)) return;
    const name = nameOf(callFrame);
    const frame = parent.children.get(name) ?? {
      name,
      owner: ownerOf(callFrame),
      micros: 0,
      self: 0,
      children: new Map(),
    };
    parent.children.set(name, frame);
    frame.self += micros.get(id) ?? 0;
    for (const child of children) add(frame, byId.get(child));
    frame.micros = frame.self + sum(frame);
  }
}

const sum = ({ children }) => [...children.values()].reduce((total, { micros }) => total + micros, 0);

/** The functions by the share of all time that they took themselves, whoever called them, most first. */
export function selfTimes(root) {
  const times = new Map();
  const collect = ({ name, self, children }) => {
    if (self > 0) times.set(name, (times.get(name) ?? 0) + self);
    for (const child of children.values()) collect(child);
  };
  collect(root);
  return [...times]
    .map(([name, micros]) => ({ name, share: Number((micros / root.micros).toFixed(4)) }))
    .toSorted((a, b) => b.share - a.share);
}
