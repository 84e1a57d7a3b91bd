import { type Codec, type Connection, encode, type Handler, mayWrite } from "@parley/core";

/** Who hears what is said. */
export interface BroadcastOptions {
  /** Whether who sends a message receives it too. Default false. */
  readonly echo?: boolean | undefined;
}

/**
 * Sends every message to all other connections that it serves. A message is encoded once, and the same bytes go to all; they leave
 * in one write per connection and turn. Who does not read delays nobody: what waits for them fills their own buffer, and
 * beyond `maxBufferedBytes` they are closed as `slow-consumer`.
 *
 *     const codec = textLines();
 *     createServer({ codec, handler: broadcast(codec), maxBufferedBytes: 256 * 1024 });
 *
 * @param codec the server's.
 */
export function broadcast<T>(codec: Codec<T>, { echo = false }: BroadcastOptions = {}): Handler<T> {
  const members = new Set<Connection<T>>();
  return {
    open(connection) {
      members.add(connection);
    },
    message(message, sender) {
      const encoded = encode(codec, message);
      for (const member of members) {
        if ((echo || member !== sender) && mayWrite(member.state)) member.sendEncoded(encoded);
      }
    },
    closing(connection) {
      members.delete(connection);
    },
  };
}
