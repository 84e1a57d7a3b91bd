import { EventEmitter, once } from "node:events";
import { merge } from "@parley/rpc";
import { createServer, serve } from "@parley/server";
import { expect, onTestFinished } from "vitest";
import { calculate, calculator } from "./calculator.ts";
import { offerTools, tools } from "./mcp-tools.ts";

/** Two, three and four bytes each, and what JSON escapes. */
export const unicode = 'é 日本語 🎉 "quoted" \\ \u2028 \u0001';
/** More than 500 KiB, most characters of several bytes. */
export const large: string = "日本é!".repeat(64 * 1024);

/** A Parley server for other people's programs, at a port of its own. */
export interface Stage {
  readonly port: number;
  /** Resolves with the text of the next `note`. */
  note(): Promise<string>;
  /** Sends the event `tick` to who has subscribed to it. */
  tick(at: number): void;
  /** Resolves once nobody is connected. */
  left(): Promise<void>;
}

/** Has Parley serve the calculator and the tools, until the test is over; every program must have been let go by then. */
export async function openStage(): Promise<Stage> {
  const heard = new EventEmitter();
  const handler = serve(
    merge("calculator", calculator, tools),
    { ...calculate((text) => heard.emit("note", text)), ...offerTools },
    { lenient: true },
  );
  const server = createServer({ handler });
  const [url] = await server.listen("tcp://127.0.0.1:0");
  onTestFinished(async () => {
    expect(await server.close()).toMatchObject({ aborted: 0 });
  });
  return {
    port: Number(new URL(url as string).port),
    note: async () => (await once(heard, "note"))[0] as string,
    tick: (at) => void handler.emit("tick", { at }),
    async left() {
      while (server.connections().length > 0)
        await new Promise((resolve) => server.events.once("closed", resolve));
    },
  };
}
