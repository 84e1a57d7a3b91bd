import { ParleyError } from "@parley/core";
import { type Listen, type TlsListen, tlsListener } from "@parley/transport";
import { type Command, Option } from "commander";
import { listenArgument, streamArgument } from "./address-argument.ts";
import type { LogOptions } from "./log-target.ts";
import { readPem } from "./pem-file.ts";
import { wholeNumber } from "./whole-number.ts";

/** What every `parley serve` command takes. */
export interface ServeOptions extends LogOptions {
  readonly listen?: readonly string[];
  readonly codec: string;
  readonly to: string;
  readonly concurrency?: number;
  readonly backlog?: number;
  readonly waitTimeout?: number;
  readonly maxConnections?: number;
  readonly maxPerAddress?: number;
  readonly idleTimeout?: number;
  readonly frameTimeout?: number;
  readonly grace?: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

export const defaultAddress = "tcp://127.0.0.1:6666";

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"];

/** Adds them to a command. @param datagrams whether the service can be listened for at `udp://`, too. */
export function addServeOptions(command: Command, datagrams: boolean): Command {
  const ms = wholeNumber(1);
  const listenable = datagrams ? listenArgument : streamArgument;
  const udp = datagrams ? "udp://HOST:PORT, " : "";
  return command
    .option(
      "--listen <url>",
      `where to listen: tcp://HOST:PORT (port 0 for any free one), ${udp}tls://HOST:PORT, unix:///PATH, fd://3, or fd:// for socket activation; may be repeated (default: "${defaultAddress}")`,
      (url: string, others: readonly string[] = []) => [...others, listenable(url)],
    )
    .option("--concurrency <count>", "how many are served at once (default: all)", wholeNumber(1))
    .option("--backlog <count>", "how many may wait to be served (default: 128)", wholeNumber(0))
    .option("--wait-timeout <ms>", "how long one may wait to be served (default: 60000)", ms)
    .option(
      "--max-connections <count>",
      "how many may exist (default: by the limit of descriptors)",
      wholeNumber(1),
    )
    .option("--max-per-address <count>", "how many of them from one address (default: any)", wholeNumber(1))
    .option("--idle-timeout <ms>", "how long one may be idle (default: 60000)", ms)
    .option("--frame-timeout <ms>", "how long a message once begun may take (default: 10000)", ms)
    .option("--grace <ms>", "how long a drain waits for what is in flight (default: 10000)", wholeNumber(0))
    .option("--tls-cert <file>", "the certificate for tls://, as PEM")
    .option("--tls-key <file>", "its private key, as PEM")
    .addOption(
      new Option("--log-level <level>", "log events of this level and above, to stderr").choices(logLevels),
    )
    .option("--log-file <file>", "log into this file instead, as UTF-8");
}

/** Where a server is to listen. */
export interface Places {
  readonly listens: readonly (string | Listen)[];
  /** Reads the certificates anew; null if there are none. @throws ParleyError `bad-option`, and nothing has changed. */
  readonly reload: (() => void) | null;
}

/** Where to listen, with TLS where the URL says so. @throws ParleyError `bad-option`. */
export function places({ listen = [defaultAddress], tlsCert, tlsKey }: ServeOptions): Places {
  const tls: TlsListen[] = [];
  const certificates = (url: string): { cert: Buffer; key: Buffer } => {
    if (tlsCert !== undefined && tlsKey !== undefined)
      return { cert: readPem(tlsCert), key: readPem(tlsKey) };
    throw new ParleyError("bad-option", `${url} needs a certificate; give --tls-cert and --tls-key.`);
  };
  const listens = listen.map((url) => {
    if (!url.startsWith("tls:")) return url;
    const one = tlsListener(url, certificates(url));
    tls.push(one);
    return one;
  });
  const reload = (): void => {
    for (const one of tls) one.replaceCertificates(certificates("tls://"));
  };
  return { listens, reload: tls.length > 0 ? reload : null };
}
