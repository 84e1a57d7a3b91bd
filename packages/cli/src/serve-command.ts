import { createServer, echo } from "@parley/server";
import { type Command, Option } from "commander";
import { addressArgument } from "./address-argument.ts";
import { byteCodec, type CodecName, codecOption } from "./codec-option.ts";
import { type LogOptions, logTarget } from "./log-target.ts";
import { stopSignal } from "./stop-signal.ts";
import { wholeNumber } from "./whole-number.ts";

interface ServeEchoOptions extends LogOptions {
  readonly listen?: readonly string[];
  readonly codec: CodecName;
  readonly concurrency?: number;
  readonly backlog?: number;
}

const defaultAddress = "tcp://127.0.0.1:6666";
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"];

/** Adds `parley serve`. */
export function addServe(program: Command): void {
  const serve = program
    .command("serve")
    .helpCommand(false)
    .description("run a service until SIGINT or SIGTERM, then drain");
  serve
    .command("echo")
    .description("send every message back to whoever sent it (RFC 862)")
    .option(
      "--listen <url>",
      `where to listen: tcp://HOST:PORT (port 0 for any free one) or unix:///PATH; may be repeated (default: "${defaultAddress}")`,
      (url: string, others: readonly string[] = []) => [...others, addressArgument(url)],
    )
    .addOption(codecOption())
    .option("--concurrency <count>", "how many are served at once (default: all)", wholeNumber(1))
    .option("--backlog <count>", "how many may wait to be served (default: 128)", wholeNumber(0))
    .addOption(
      new Option("--log-level <level>", "log events of this level and above, to stderr").choices(logLevels),
    )
    .option("--log-file <file>", "log into this file instead, as UTF-8")
    .addHelpText(
      "after",
      `
Prints one line "listening URL" per address.

  $ parley serve echo --listen tcp://127.0.0.1:0 --concurrency 1 --backlog 5
  $ printf 'hello\\n' | nc -N 127.0.0.1 6666`,
    )
    .action(serveEcho);
}

async function serveEcho(options: ServeEchoOptions): Promise<void> {
  const { listen = [defaultAddress], codec, concurrency, backlog } = options;
  const stopped = stopSignal();
  const log = logTarget(options);
  try {
    const server = createServer({
      codec: byteCodec(codec, { borrow: true }),
      handler: echo(),
      concurrency,
      backlog,
      logger: log.logger,
    });
    const addresses = await server.listen(...listen);
    // Whoever has read the addresses may have gone.
    process.stdout.on("error", () => {});
    for (const address of addresses) process.stdout.write(`listening ${address}\n`);
    await stopped;
    await server.close();
  } finally {
    log.close();
  }
}
