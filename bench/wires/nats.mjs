import { letters } from "../runner/letters.mjs";

/** NATS: everybody subscribes to the subject "room" and hears what it publishes itself, too. After two seconds the server pings. */
export default function nats(payloadBytes) {
  const message = (head) =>
    Buffer.concat([Buffer.from(`${head} ${payloadBytes}\r\n`), letters(payloadBytes), Buffer.from("\r\n")]);
  return {
    opening: [
      {
        send: Buffer.from('CONNECT {"verbose":false,"pedantic":false}\r\nSUB room 1\r\nPING\r\n'),
        until: Buffer.from("PONG\r\n"),
      },
    ],
    later: Buffer.from("PING\r\n"),
    requests: [message("PUB room")],
    replies: [message("MSG room 1")],
  };
}
