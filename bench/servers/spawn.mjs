import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * Runs a server that is not a Node program, and ends it with this process.
 * @returns its pid, and the first line of its output that `pattern` matches, as the match.
 */
export function spawnServer(command, args, pattern, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], ...options });
  process.on("exit", () => child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code} before it was ready`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = pattern.exec(line);
      if (match !== null) resolve({ pid: child.pid, match });
    });
  });
}
