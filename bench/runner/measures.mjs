import { compiledLoad, startLoad } from "./load-process.mjs";
import { peerFile } from "./peer-name.mjs";
import { writeWireFile } from "./wire.mjs";

/**
 * A measure takes a started server, the peer's name, a variant of the workload, and for how long; it resolves with figures. This one:
 * requests and replies by loads/requests.c. The variant has `connections`, `inFlight`, and `payloadBytes` unless calls are made.
 */
export async function measureRequests(server, run) {
  return measureLoad(server, await requestsCommand(server, run));
}

/**
 * The command line of that load.
 * @param mostMessages ends it before the time is over.
 */
export async function requestsCommand(server, { variant, seconds }, mostMessages) {
  const { connections, inFlight } = variant;
  const command = await loadCommand("requests", server, variant, [connections, inFlight], seconds);
  return mostMessages === undefined ? command : [...command, mostMessages];
}

/** Fan-out by loads/fan-out.c; a message is a delivery. The variant has `members`, `inFlight` and `payloadBytes`. */
export async function measureFanOut(server, { variant, seconds }) {
  const { members, inFlight } = variant;
  return measureLoad(server, await loadCommand("fan-out", server, variant, [members, inFlight], seconds));
}

/** Calls by the peer's own client. The variant has `inFlight`. */
export const measureCalls = (server, run) => measureLoad(server, callsCommand(server, run));

/** The command line of that client. */
export function callsCommand(server, { peer, variant, seconds, family }) {
  const { file, variant: mode } = peerFile(family, peer);
  return [process.execPath, file, "client", server.port, variant.inFlight, seconds, ...mode];
}

/** Connections that come, have one message answered and go, by loads/connect.c. The variant has `atOnce` and `payloadBytes`. */
export async function measureConnecting(server, { variant, seconds }) {
  const command = await loadCommand("connect", server, variant, [variant.atOnce], seconds);
  const { rate, serverMicros } = await measureLoad(server, command);
  return { connectionRate: rate, connectMicros: serverMicros };
}

/** Memory of connections that say nothing, by loads/hold.c, after garbage collections. The variant has `connections`. */
export async function measureHolding(server, { variant }) {
  const wire = await writeWireFile(server.wire, { port: server.port, payloadBytes: 64 });
  const { connections } = variant;
  const load = startLoad([compiledLoad("hold"), server.port, wire, Math.min(500, connections), connections]);
  try {
    await load.line();
    const before = await server.ask("collected");
    load.goOn();
    await load.line();
    const after = await server.ask("collected");
    return { kibibytes: (after.memoryBytes - before.memoryBytes) / connections / 1024 };
  } finally {
    await load.stop();
  }
}

/**
 * Runs a load that says when it is warm and, once told to go on, what it did.
 * @param begin is called before the counting, `end` after it.
 */
export async function measureLoad(server, command, { begin, end } = {}) {
  const load = startLoad(command);
  try {
    await load.line();
    const before = await server.ask("usage");
    await begin?.();
    load.goOn();
    const { messages, seconds, cpuSeconds } = JSON.parse(await load.line());
    await end?.();
    const after = await server.ask("usage");
    return {
      messages,
      rate: messages / seconds,
      serverMicros: ((after.cpuSeconds - before.cpuSeconds) / messages) * 1e6,
      clientMicros: (cpuSeconds / messages) * 1e6,
      peakMebibytes: after.peakBytes / 2 ** 20,
      ...(after.collections !== undefined && {
        collections: ((after.collections - before.collections) / messages) * 1e6,
      }),
    };
  } finally {
    await load.stop();
  }
}

async function loadCommand(name, { port, wire, warmSeconds }, variant, numbers, seconds) {
  const wireFile = await writeWireFile(wire, { port, ...variant });
  // A server may ask for more, as the JVM does.
  return [compiledLoad(name), port, wireFile, ...numbers, warmSeconds ?? Math.min(1, seconds), seconds];
}
