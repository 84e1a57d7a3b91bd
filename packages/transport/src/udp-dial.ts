import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { type ByteStream, ParleyError } from "@parley/core";
import { formatAddress, formatEndpoint, type UdpAddress, unmapped } from "./address.ts";
import { aborted, connectError, timedOut } from "./dial-error.ts";
import { udpListenerDefaults } from "./udp-options.ts";
import { UdpStream } from "./udp-stream.ts";

/**
 * A stream of datagrams to and from one address, over a socket of its own. Nobody is asked whether anybody is there: the system may say so
 * later, and the stream is then lost with ECONNREFUSED. What may take time is to find the address of a name.
 */
export async function dialUdp(
  address: UdpAddress,
  connectTimeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<ByteStream> {
  const url = formatAddress({ scheme: "udp", host: address.host, port: address.port });
  if (address.port === 0) {
    throw new ParleyError(
      "connect-failed",
      `No connection to ${url}: port 0 is any free one, to listen at; give the port that the listener has.`,
    );
  }
  let giveUp: (error: ParleyError) => void = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  const onAbort = (): void => giveUp(aborted(url, signal as AbortSignal));
  const timer = setTimeout(() => giveUp(timedOut(url, connectTimeoutMs)), connectTimeoutMs);
  signal?.addEventListener("abort", onAbort);
  const socket = connected(address);
  try {
    return streamOver(await Promise.race([socket, givenUp]));
  } catch (error) {
    socket.then(
      (late) => late.close(),
      () => {},
    );
    throw error instanceof ParleyError ? error : connectError(url, error as NodeJS.ErrnoException);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

async function connected({ host, port }: UdpAddress): Promise<Socket> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      // What is wrong with the address comes here, not as an event.
      socket.connect(port, address, (error?: Error) => (error === undefined ? resolve() : reject(error)));
    });
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    socket.removeAllListeners("error");
  }
}

function streamOver(socket: Socket): ByteStream {
  const local = socket.address();
  const remote = socket.remoteAddress();
  const stream = new UdpStream(
    {
      send: (_, datagram, taken) => socket.send(datagram, taken),
      sent(_, error) {
        // Whether the refusal of an earlier datagram is told with the next one or by itself is a matter of time.
        if (isRefusal(error)) stream.lost(error);
      },
      dropped() {},
      forget: () => socket.close(),
    },
    {
      localAddress: `udp://${formatEndpoint(local.address, local.port)}`,
      remoteAddress: `udp://${formatEndpoint(unmapped(remote.address), remote.port)}`,
    },
    udpListenerDefaults.maxQueuedBytes,
  );
  socket.on("error", (error) => stream.lost(error));
  socket.on("message", (datagram) => stream.arrived(datagram));
  return stream;
}

function isRefusal(error: NodeJS.ErrnoException | null): error is NodeJS.ErrnoException {
  return error?.code === "ECONNREFUSED";
}
