import { spawn, spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";

/** Whether there is a netcat that ends what it sends once its input has ended: OpenBSD's. */
export const hasNetcat: boolean = /\[-46\w*N/.test(
  spawnSync("nc", ["-h"], { encoding: "utf8" }).stderr ?? "",
);

/** Runs `nc -N` with `input`; resolves with what it printed before the other side ended. */
export async function runNetcat(port: number, input: string): Promise<string> {
  const child = spawn("nc", ["-N", "127.0.0.1", String(port)], { stdio: "pipe" });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return output + complaint;
}
