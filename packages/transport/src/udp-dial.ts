import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import type { ByteStream } from "@parley/core";
import { formatEndpoint, type UdpAddress } from "./address.ts";
import { connectError } from "./dial-error.ts";
import { udpListenerDefaults } from "./udp-options.ts";
import { UdpStream } from "./udp-stream.ts";

/**
 * A stream of datagrams to and from one address, over a socket of its own. Nobody is asked whether anybody is there: the system may say so
 * later, and the stream is then lost with ECONNREFUSED.
 */
export async function dialUdp({ host, port }: UdpAddress): Promise<ByteStream> {
  const url = `udp://${formatEndpoint(host, port)}`;
  const found = await lookup(host).catch((error: NodeJS.ErrnoException) => {
    throw connectError(url, error);
  });
  const socket = createSocket(found.family === 6 ? "udp6" : "udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(connectError(url, error));
    });
    socket.connect(port, found.address, resolve);
  });
  const local = socket.address();
  const stream = new UdpStream(
    {
      send: (_, datagram, taken) => socket.send(datagram, taken),
      dropped() {},
      forget: () => socket.close(),
    },
    { localAddress: `udp://${formatEndpoint(local.address, local.port)}`, remoteAddress: url },
    udpListenerDefaults.maxQueuedBytes,
  );
  socket.removeAllListeners("error");
  socket.on("error", (error) => stream.lost(error));
  socket.on("message", (datagram) => stream.arrived(datagram));
  return stream;
}
