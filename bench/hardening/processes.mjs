import { fileURLToPath } from "node:url";
import { Child } from "../runner/child.mjs";
import { pinned } from "../runner/cores.mjs";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Runs server, load and probe in processes of their own, and ends them after `act`: the server on the first core, load and probe on the second.
 * @param limits options of the servers; default none.
 * @param descriptors how many the server's process may have; default as many as this one.
 */
export async function withProcesses({ probed = "lines", limits = {}, descriptors }, act) {
  const limited = descriptors === undefined ? [] : ["prlimit", `--nofile=${descriptors}`];
  const server = new Child("the server", [
    ...pinned("server", [...limited, process.execPath, file("server.mjs"), JSON.stringify(limits)]),
  ]);
  const { addresses } = await server.facts();
  // The probe has to be on time, whatever the others are at.
  const load = new Child(
    "the load",
    pinned("load", ["nice", "-n", "10", process.execPath, file("load.mjs")]),
  );
  await load.facts();
  const probe = new Child(
    "the probe",
    pinned("load", [process.execPath, file("probe.mjs"), probed, addresses[probed]]),
  );
  await probe.facts();
  try {
    return await act({ server, load, probe, addresses });
  } finally {
    await Promise.all([probe.stop(), load.stop()]);
    await server.stop();
  }
}
