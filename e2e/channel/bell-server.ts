/** A service to be killed: `node … bell-server.ts PORT` prints `listening URL`, and rings its bell whenever it is asked to. */
import { jsonLines } from "@parley/core";
import type { SignatureOf } from "@parley/rpc";
import { createServer, type RpcServer, serve } from "@parley/server";
import { bell } from "./bell.ts";

const server: RpcServer<SignatureOf<typeof bell>> = createServer({
  codec: jsonLines(),
  handler: serve(bell, {
    wait: () => new Promise(() => {}),
    ring: ({ at }): number => server.emit("rung", { at }),
  }),
});
const [url] = await server.listen(`tcp://127.0.0.1:${process.argv[2] ?? "0"}`);
console.log(`listening ${url}`);
