/** What every server under measurement does: tells its port, and what it has used when asked. */
export function report(port) {
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpuSeconds: (user + system) / 1e6, memoryBytes: process.memoryUsage.rss() });
  });
  process.send(port);
}
