import { AddressBlocks, ipAddressOf } from "@parley/transport";
import type { CommonMiddleware } from "./middleware.ts";
import { turnAway } from "./turn-away.ts";
import { wrap } from "./wrap.ts";

/**
 * Serves only connections from these addresses, and closes all others as `forbidden` before the handler hears of them.
 * Each is an address, or a block in CIDR notation. Clients of a Unix socket have no address, so they are closed too: the mode
 * of its file says who may connect.
 *
 *     pipe(echo(), allowFrom(["127.0.0.0/8", "::1", "10.0.0.0/8"]))
 *
 * An IPv4 client of a listener for both families comes as an IPv4-mapped IPv6 address (`::ffff:10.0.0.1`), and is taken for
 * what it is.
 * @throws ParleyError `bad-option`.
 */
export function allowFrom(blocks: readonly string[]): CommonMiddleware {
  const allowed = new AddressBlocks("allowFrom", blocks);
  return addressFilter((address) => address !== undefined && allowed.has(address));
}

/**
 * Closes connections from these addresses as `forbidden`, before the handler hears of them; see {@link allowFrom}. Who has
 * no address, as with a Unix socket, is served.
 * @throws ParleyError `bad-option`.
 */
export function denyFrom(blocks: readonly string[]): CommonMiddleware {
  const denied = new AddressBlocks("denyFrom", blocks);
  return addressFilter((address) => address === undefined || !denied.has(address));
}

function addressFilter(mayConnect: (address: string | undefined) => boolean): CommonMiddleware {
  return (next) => {
    const refused = new WeakSet<object>();
    const { ended } = next;
    // A refused connection is closing before its first message, so that only its end is to be kept from the handler.
    return wrap(next, {
      ...(ended === undefined
        ? {}
        : { ended: (connection) => void (refused.has(connection) || ended.call(next, connection)) }),
      open(connection) {
        if (mayConnect(ipAddressOf(connection.remoteAddress))) return next.open?.(connection);
        refused.add(connection);
        turnAway(connection, { by: "local", kind: "forbidden" });
      },
      closing(connection, reason) {
        if (!refused.has(connection)) next.closing?.(connection, reason);
      },
      closed(connection, reason) {
        if (!refused.has(connection)) next.closed?.(connection, reason);
      },
    });
  };
}
