/**
 * The twin of echo-server.ts that serves everybody at once. In the classic tutorial this takes a thread or a process for
 * each client; here it is what happens if `concurrency` is not said.
 *
 *     npx -y pnpm@12 --filter examples run concurrent-echo-server        then, in other terminals:  nc 127.0.0.1 6667
 */
import { textLines } from "@parley/core";
import { createServer, echo, type Server } from "@parley/server";
import { isEntryPoint, serveUntilInterrupted } from "./entry-point.ts";

export function concurrentEchoServer(): Server<string> {
  return createServer({ codec: textLines(), handler: echo() });
}

if (isEntryPoint(import.meta.url)) {
  await serveUntilInterrupted(concurrentEchoServer(), "tcp://127.0.0.1:6667");
}
