import { existsSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { ParleyError } from "@parley/core";
import { type Address, formatAddress } from "./address.ts";
import { handedOver } from "./hand-over.ts";
import type { Listener, ListenerSink } from "./listener.ts";
import type { ListenerSettings } from "./listener-options.ts";
import { type Place, type Reception, serverListener } from "./server-listener.ts";
import { SocketStream } from "./socket-stream.ts";
import { bindByLink, fileAt, removeOwn, removeStale, unusableToBind } from "./unix-socket-file.ts";

/** Listens at a path, whose file is removed with the listener, unless it is another one by then. */
export async function listenAtPath(
  { path, mode }: Address & { scheme: "unix" },
  requested: string,
  settings: ListenerSettings,
  sink: ListenerSink,
): Promise<Listener> {
  const url = formatAddress({ scheme: "unix", path });
  const unusable = unusableToBind(path);
  if (unusable !== undefined)
    throw new ParleyError("listen-failed", `${url} cannot be listened at: ${unusable}.`);
  const descriptor = handedOver.take(requested);
  let file: Stats | undefined = descriptor === undefined ? undefined : fileAt(path);
  const place: Place = {
    requested,
    url,
    bind:
      descriptor ??
      ((server, backlog) => {
        file = bindByLink(path, mode, (temporary) => server.listen({ path: temporary, backlog }).listening);
      }),
    address: () => url,
    leave(isHandedOver) {
      if (!isHandedOver && file !== undefined) removeOwn(path, file);
    },
  };
  const reception: Reception = {
    halfOpen: true,
    accept: (socket, told) => sink.accept(new SocketStream(socket, path, undefined, told)),
  };
  const attempt = (): Promise<Listener> => serverListener(place, reception, settings, sink);
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    if (error.code !== "address-in-use") throw unlessMissing(error, path, url);
    const found = await removeStale(path).catch((cause: unknown) => {
      throw new ParleyError(
        "listen-failed",
        `${url} is a socket that was left behind and cannot be removed: ${(cause as Error).message}; remove it, or choose another path.`,
        { cause },
      );
    });
    if (found === "free") return attempt();
    if (found === "live") throw error;
    throw new ParleyError("listen-failed", leftAlone(found, url), { cause: error.cause });
  }
}

function leftAlone(found: "denied" | "other", url: string): string {
  return found === "other"
    ? `What stands at ${url} is no socket, and is left alone; choose another path, or remove it.`
    : `The socket at ${url} is another user's, and is left alone; choose another path, or have that user remove it.`;
}

/** The system has one word for a directory that is not there, and for one that is closed to us. */
function unlessMissing(error: ParleyError, path: string, url: string): ParleyError {
  const directory = dirname(path);
  if (error.code !== "listen-failed" || existsSync(directory)) return error;
  return new ParleyError(
    "listen-failed",
    `${url} cannot be listened at: there is no directory ${directory}; make it, or choose another path.`,
    { cause: error.cause },
  );
}
