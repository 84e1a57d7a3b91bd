import { type Codec, type Connection, encode, type Handler, mayWrite } from "@parley/core";

/** Who hears what is said. */
export interface BroadcastOptions {
  /** Whether who sends a message receives it too. Default false. */
  readonly echo?: boolean | undefined;
}

/**
 * Sends every message to all other connections that it serves. A message is encoded once, and the same bytes go to all; they leave
 * in one write per connection and turn. Who does not read delays nobody: what waits for them fills their own buffer, and
 * beyond `maxBufferedBytes` they are closed as `slow-consumer`. Who speaks another codec, as over UDP, is sent the message by itself.
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
        if ((member === sender && !echo) || !mayWrite(member.state)) continue;
        if (member.codec.id === encoded.codecId) member.sendEncoded(encoded);
        else member.send(message);
      }
    },
    closing(connection) {
      members.delete(connection);
    },
  };
}
