import { letters } from "../runner/letters.mjs";
import { clientFrame, serverFrame, text, upgrade } from "./ws.mjs";

/** Socket.IO 4 over WebSocket alone: each message is the event "message" with a string, as a text frame. */
export default function socketIo(payloadBytes) {
  const event = Buffer.from(`42["message","${letters(payloadBytes).toString()}"]`);
  return {
    opening: socketIoOpening,
    requests: [clientFrame(text, event)],
    replies: [serverFrame(text, event)],
  };
}

/** The upgrade, Engine.IO's packet with its settings, and joining the namespace "/"; both answers end with their JSON. */
export const socketIoOpening = [
  { send: upgrade("/socket.io/?EIO=4&transport=websocket"), until: Buffer.from("\r\n\r\n") },
  { send: Buffer.alloc(0), until: Buffer.from("}") },
  { send: clientFrame(text, Buffer.from("40")), until: Buffer.from("}") },
];
