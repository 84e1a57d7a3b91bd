/** Resolves with the first SIGTERM or SIGINT. Later ones change nothing: under a package manager they come twice. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("SIGINT", resolve);
  });
}
