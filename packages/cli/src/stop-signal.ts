import { ParleyError } from "@parley/core";

/** Resolves with the first SIGTERM or SIGINT. Later ones change nothing: under a package manager they come twice. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("SIGINT", resolve);
  });
}

/** Does `task` upon each `signal` that comes while it is not at work; says on stderr what went wrong, and goes on. */
export function onSignal(signal: NodeJS.Signals, task: () => void | Promise<void>): void {
  let isAtWork = false;
  process.on(signal, () => {
    if (isAtWork) return;
    isAtWork = true;
    const working = async (): Promise<void> => task();
    working()
      .catch((error: unknown) => {
        if (!(error instanceof ParleyError)) throw error;
        process.stderr.write(`parley: ${error.message}\n`);
      })
      .finally(() => {
        isAtWork = false;
      });
  });
}
