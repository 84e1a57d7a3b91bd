const signals = ["SIGINT", "SIGTERM"] as const;

/** How long a task that was interrupted has to say so to the other side, which may not listen. */
const farewellMs = 1_000;

/**
 * Runs `task`, whose signal the first SIGINT or SIGTERM aborts; a second one ends the process at once. A task that was
 * interrupted may fail as it likes, and has a second for it: the process then ends by that same signal, from which shells see that they are
 * to stop, too.
 */
export async function interruptible(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    received = signal;
    ignore();
    controller.abort();
    setTimeout(() => process.kill(process.pid, signal), farewellMs).unref();
  };
  const ignore = (): void => {
    for (const signal of signals) process.removeListener(signal, stop);
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    await task(controller.signal);
  } catch (error) {
    if (received === undefined) throw error;
  }
  ignore();
  if (received !== undefined) process.kill(process.pid, received);
}
