import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What every server under measurement does: tells its port, and what it has used when asked. */
export function report(port) {
  process.on("message", (kind) => {
    if (kind === "collected") collectGarbage();
    const { user, system } = process.cpuUsage();
    process.send({ cpuSeconds: (user + system) / 1e6, memoryBytes: process.memoryUsage.rss() });
  });
  process.send(port);
}

function collectGarbage() {
  setFlagsFromString("--expose_gc");
  const collect = runInNewContext("gc");
  // What the first finds unreachable may only be freed by the next.
  for (let times = 0; times < 4; times++) collect();
}
