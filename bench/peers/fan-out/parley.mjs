// The handler that Parley has for it: a message is encoded once, and leaves in one write per connection and turn.
import { byteFrames } from "@parley/core";
import { broadcast, createServer } from "@parley/server";
import { report } from "../../servers/report.mjs";

const frames = byteFrames({ borrow: true });

const server = createServer({ codec: frames, handler: broadcast(frames, { echo: true }) });
const [address] = await server.listen("tcp://127.0.0.1:0");
report(Number(new URL(address).port));
