import type { Server } from "node:net";
import { formatEndpoint, type TcpAddress } from "./address.ts";
import { handedOver } from "./hand-over.ts";
import type { Place } from "./server-listener.ts";

/** A TCP port to listen at: the one that was handed over, else the one of `again` where any will do. */
export function portPlace(
  scheme: "tcp" | "tls",
  requested: string,
  { host, port: asked, ipv6only }: TcpAddress,
  again: string | undefined,
): Place {
  const port = asked === 0 && again !== undefined ? Number(new URL(again).port) : asked;
  const url = `${scheme}://${formatEndpoint(host, port)}`;
  return {
    requested,
    url,
    bind:
      handedOver.take(requested) ??
      ((server, backlog) => server.listen({ host, port, ipv6Only: ipv6only === true, backlog })),
    address: (server) => boundPort(scheme, server) ?? url,
  };
}

/** The URL of the port that a server is bound to; undefined if it is bound to something else. */
export function boundPort(scheme: "tcp" | "tls", server: Server): string | undefined {
  const bound = server.address();
  return bound !== null && typeof bound === "object" && bound.address !== undefined
    ? `${scheme}://${formatEndpoint(bound.address, bound.port)}`
    : undefined;
}
