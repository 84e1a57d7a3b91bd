/**
 * The classic socket tutorial: bind, listen(5), accept a client, serve it until it leaves, accept the next.
 *
 *     npx -y pnpm@12 --filter examples run echo-server        then, in other terminals:  nc 127.0.0.1 6666
 */
import { textLines } from "@parley/core";
import { createServer, echo, type Server } from "@parley/server";
import { isEntryPoint, serveUntilInterrupted } from "./entry-point.ts";

/** What a client is told for whom there is no place. */
export const refusal = "Sorry: one is being served and five wait already. Please come back later.";

export function echoServer(): Server<string> {
  return createServer({
    codec: textLines(),
    handler: echo(),
    concurrency: 1,
    backlog: 5,
    refusal,
  });
}

if (isEntryPoint(import.meta.url)) await serveUntilInterrupted(echoServer(), "tcp://127.0.0.1:6666");
