import { fileURLToPath } from "node:url";
import { ParleyError } from "@parley/core";
import type { Server } from "@parley/server";

/** Whether the module at `url` is what Node was asked to run, and not imported by another. */
export function isEntryPoint(url: string): boolean {
  return process.argv[1] === fileURLToPath(url);
}

/** Resolves with the first Ctrl-C or SIGTERM. */
export function interrupted(): Promise<unknown> {
  return new Promise((resolve) => {
    process.on("SIGINT", resolve);
    process.on("SIGTERM", resolve);
  });
}

/** Runs a server until Ctrl-C, and then until those that it serves are through. */
export async function serveUntilInterrupted(
  server: Pick<Server<string>, "listen" | "close">,
  url: string,
): Promise<void> {
  try {
    const [address] = await server.listen(url);
    console.log(`listening ${address}`);
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    return;
  }
  await interrupted();
  await server.close();
}
