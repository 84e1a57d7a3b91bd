/** What every server under measurement does: tells its port, and its CPU time when asked. */
export function report(port) {
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpuSeconds: (user + system) / 1e6 });
  });
  process.send(port);
}
