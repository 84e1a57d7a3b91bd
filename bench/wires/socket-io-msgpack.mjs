import msgpackParser from "socket.io-msgpack-parser";
import { letters } from "../runner/letters.mjs";
import { socketIoOpening } from "./socket-io.mjs";
import { binary, clientFrame, serverFrame } from "./ws.mjs";

const { Encoder, PacketType } = msgpackParser;
const encode = (packet) => Buffer.from(new Encoder().encode({ ...packet, nsp: "/" })[0]);

/** Socket.IO 4 over WebSocket alone, with its MessagePack parser: each message is the event "message" with bytes, as a binary frame. */
export default function socketIoMsgpack(payloadBytes) {
  const event = encode({ type: PacketType.EVENT, data: ["message", letters(payloadBytes)] });
  const [upgraded, settings] = socketIoOpening;
  const join = clientFrame(binary, encode({ type: PacketType.CONNECT }));
  return {
    opening: [upgraded, settings, { send: join, until: Buffer.from("\xa3nsp\xa1/", "latin1") }],
    requests: [clientFrame(binary, event)],
    replies: [serverFrame(binary, event)],
  };
}
