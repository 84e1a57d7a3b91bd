import { letters } from "../runner/letters.mjs";

const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** WebSocket (RFC 6455): the handshake, then binary messages in one frame each, masked on the way to the server. */
export default function ws(payloadBytes) {
  const payload = letters(payloadBytes);
  return {
    opening: [{ send: upgrade("/"), until: Buffer.from("\r\n\r\n") }],
    requests: [clientFrame(binary, payload)],
    replies: [serverFrame(binary, payload)],
  };
}

/** The opcodes of the frames that carry messages. */
export const text = 1;
export const binary = 2;

/** The request that opens a WebSocket. The key is the RFC's example: nothing is proved by it. */
export const upgrade = (path) =>
  Buffer.from(
    [
      `GET ${path} HTTP/1.1`,
      "Host: 127.0.0.1",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "\r\n",
    ].join("\r\n"),
  );

/** A frame as a client sends it: masked, so that the server has the work of unmasking it. */
export function clientFrame(opcode, payload) {
  const head = header(opcode, payload.length);
  head[1] |= 0x80;
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

/** A frame as a server sends it. */
export const serverFrame = (opcode, payload) => Buffer.concat([header(opcode, payload.length), payload]);

function header(opcode, length) {
  const first = 0x80 | opcode;
  if (length < 126) return Buffer.from([first, length]);
  if (length < 65_536) return Buffer.from([first, 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
