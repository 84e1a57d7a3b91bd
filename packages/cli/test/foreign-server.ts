import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** A message as it came. */
export interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
}

/** What such a server answers with. */
export type Answer = { readonly result: unknown } | { readonly error: object };

/** A JSON-RPC server that has nothing of Parley; what comes in is kept. */
export interface ForeignServer {
  readonly url: string;
  readonly messages: Message[];
  /** Resolves once the method was called. */
  called(method: string): Promise<Message>;
}

/** One that speaks lines of JSON; `answer` says nothing to what is never answered, and `notFound` is all that `rpc.discover` gets. */
export async function serveForeign(answer: (message: Message) => Answer | undefined): Promise<ForeignServer> {
  const messages: Message[] = [];
  let looks: (() => void)[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    createInterface(socket).on("line", (line) => {
      const message = JSON.parse(line) as Message;
      messages.push(message);
      for (const look of looks) look();
      if (message.id === undefined) return;
      const answered = message.method === "rpc.discover" ? (answer(message) ?? notFound) : answer(message);
      if (answered === undefined) return;
      socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, ...answered })}\n`);
    });
  });
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    called: (method) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = messages.find((message) => message.method === method);
          if (found === undefined) return;
          looks = looks.filter((other) => other !== look);
          resolve(found);
        };
        looks.push(look);
        look();
      }),
  };
}

/** What is answered to a method that is not there. */
export const notFound: Answer = { error: { code: -32601, message: "Method not found" } };
