import { missing, report } from "../servers/report.mjs";
import { spawnServer } from "../servers/spawn.mjs";

/**
 * Runs a server that is not written for Node, and reports it. Once it listens it prints `listening PORT VERSION`.
 * @param name under which its version belongs into the results.
 * @param needs what to tell where `command` does not exist.
 * @param facts others that `report` takes.
 */
export async function serveProgram({ command, args, name, needs, facts }) {
  try {
    const { pid, match } = await spawnServer(command, args, /^listening (\d+) (.+)$/);
    report(Number(match[1]), { ...facts, versions: { [name]: match[2] }, pid });
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    missing(needs);
  }
}
