import { spawnSync } from "node:child_process";
import { missing } from "../servers/report.mjs";
import { spawnServer } from "../servers/spawn.mjs";

/** Runs nats-server with its defaults; resolves with its pid, port and version, or with undefined where it is not installed. */
export async function startNats() {
  const { error, stdout } = spawnSync("nats-server", ["--version"], { encoding: "utf8" });
  if (error !== undefined) return missing("nats-server is not installed (Debian: nats-server)");
  // It logs to stderr.
  const command = "exec nats-server --addr 127.0.0.1 --port -1 2>&1";
  const { pid, match } = await spawnServer("sh", ["-c", command], /client connections on 127\.0\.0\.1:(\d+)/);
  return { pid, port: Number(match[1]), version: stdout.trim().split(" ").at(-1) };
}
