import type { Command } from "commander";
import { addressArgument } from "./address-argument.ts";
import { codecOption } from "./codec-option.ts";
import { logTarget } from "./log-target.ts";
import { addServeOptions, places, type ServeOptions } from "./serve-options.ts";
import type { Service } from "./service.ts";
import { services } from "./services.ts";
import { onSignal, stopSignal } from "./stop-signal.ts";

/** Adds `parley serve`, with a command for each service. */
export function addServe(program: Command): void {
  const serve = program
    .command("serve")
    .helpCommand(false)
    .description("run a service until SIGINT or SIGTERM, then drain");
  for (const service of services) {
    const command = addServeOptions(
      serve.command(service.name).description(service.description),
      service.datagrams,
    );
    if (service.codecs.length > 0) command.addOption(codecOption(service.codecs));
    if (service.needsTarget) {
      command.requiredOption("--to <url>", "where to connect for each client", addressArgument);
    }
    command
      .addHelpText("after", helpText(service))
      .action((options: ServeOptions) => serveUntilStopped(service, options));
  }
}

function helpText({ name, needsTarget, example }: Service): string {
  const own = needsTarget ? " --to tcp://127.0.0.1:7777" : "";
  return `
Prints one line "listening URL" per address. SIGINT and SIGTERM drain it, SIGUSR2 hands over to a new process of the same
command, SIGHUP reads the certificates anew.

  $ parley serve ${name}${own} --listen tcp://127.0.0.1:6666 --concurrency 1 --backlog 5
  $ ${example}`;
}

async function serveUntilStopped(service: Service, options: ServeOptions): Promise<void> {
  const stopped = stopSignal();
  const { concurrency, backlog, maxConnections, idleTimeout, frameTimeout } = options;
  const { listens, reload } = places(options);
  const log = logTarget(options);
  try {
    const server = await service.createServer(options, {
      concurrency,
      backlog,
      waitTimeoutMs: options.waitTimeout,
      maxConnections,
      maxConnectionsPerAddress: options.maxPerAddress,
      ...(idleTimeout !== undefined && { idleTimeoutMs: idleTimeout }),
      ...(frameTimeout !== undefined && { frameTimeoutMs: frameTimeout }),
      graceMs: options.grace,
      logger: log.logger,
    });
    const addresses = await server.listen(...listens);
    server.events.on("handed-over", ({ pid }) => process.stdout.write(`handed over to ${pid}\n`));
    if (reload !== null) onSignal("SIGHUP", reload);
    const handedOver = new Promise<void>((resolve) =>
      onSignal("SIGUSR2", async () => {
        await server.handOver();
        resolve();
      }),
    );
    // Whoever has read the addresses may have gone, or send a signal at once.
    process.stdout.on("error", () => {});
    for (const address of addresses) process.stdout.write(`listening ${address}\n`);
    await Promise.race([stopped, handedOver]);
    await server.close();
  } finally {
    log.close();
  }
}
