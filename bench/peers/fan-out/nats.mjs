// nats-server, its clients all subscribed to the subject that one of them publishes to.
import { report } from "../../servers/report.mjs";
import { startNats } from "../nats-server.mjs";

const nats = await startNats();
if (nats !== undefined) {
  const { port, pid, version } = nats;
  report(port, { wire: "nats", versions: { "nats-server": version }, pid });
}
