import type { Server, ServerOptions } from "@parley/server";

/** The part of a server's options that `parley serve` has for every service. */
export type ServerSettings = Omit<ServerOptions<unknown>, "codec" | "handler" | "refusal" | "heartbeat">;

/** What `parley serve` needs of the server that a service makes. */
export type ServiceServer = Pick<Server<unknown>, "events" | "listen" | "handOver" | "close">;

/** Of the command's options, those that a service is made of. */
export interface ServiceChoice<CodecName extends string> {
  readonly codec: CodecName;
  /** Where a proxy connects to. */
  readonly to: string;
}

/** One of the services that `parley serve` knows. */
export interface Service<CodecName extends string = string> {
  readonly name: string;
  readonly description: string;
  /** What `--codec` may be, the default first; empty if the service has one of its own. */
  readonly codecs: readonly CodecName[];
  /** Whether it has to be told `--to` where. */
  readonly needsTarget: boolean;
  /** Whether it can be served at `udp://`, too. */
  readonly datagrams: boolean;
  /** A command for the help that has something of it. */
  readonly example: string;
  /** @throws ParleyError `bad-option`. */
  createServer(
    choice: ServiceChoice<CodecName>,
    settings: ServerSettings,
  ): ServiceServer | Promise<ServiceServer>;
}
