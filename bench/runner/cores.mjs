import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

const cores = { server: "0", load: "1" };
const pinning = availableParallelism() > 1 && spawnSync("taskset", ["-c", "0", "true"]).status === 0;

if (!pinning) {
  console.error(
    "Server and load share the cores, figures will be noisy: taskset is missing (Debian: util-linux), or there is one core.",
  );
}

/** The command line that runs `command` on the core of its `role`, `server` or `load`; what it starts stays there too. */
export const pinned = (role, command) => (pinning ? ["taskset", "-c", cores[role], ...command] : command);
