// Opens many connections in one turn, sends a line over each, and tells what has become of them.
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** What a test gives this program, as JSON in its first argument. */
export interface LoadTask {
  readonly port: number;
  readonly count: number;
  /** How many are to hear nothing at first: they wait. */
  readonly waiting: number;
}

/** `end-served`: ends those that were answered. `end-all`: ends the others too, and exits once all are closed. */
export type LoadOrder = "end-served" | "end-all";

/** How many connections came to what end. */
export interface Fates {
  /** They got their own line back. */
  readonly served: number;
  /** They got these lines that were not their own, then a FIN. */
  readonly words: Readonly<Record<string, number>>;
  readonly reset: number;
  /** Other errors, and what comes of served ones that are lost. */
  readonly errors: readonly string[];
  /** The longest time from the call of connect to a refusal. */
  readonly slowestRefusalMs: number;
}

/** `settled`: all but those that wait know their fate; told again once these do too. */
export type LoadTold =
  | { readonly told: "settled"; readonly fates: Fates }
  | { readonly told: "over"; readonly fates: Fates };

type Fate = "unknown" | "served" | "word" | "reset";

const { port, count, waiting } = JSON.parse(process.argv[2] as string) as LoadTask;
const words: Record<string, number> = {};
const errors: string[] = [];
const served = new Set<Socket>();
const lingering = new Set<Socket>();
const tally = { served: 0, reset: 0 };
let slowestRefusalMs = 0;
let settled = 0;
let open = count;

function tell(told: LoadTold["told"]): void {
  const fates: Fates = { ...tally, words, errors, slowestRefusalMs };
  process.stdout.write(`${JSON.stringify({ told, fates } satisfies LoadTold)}\n`);
}

function settle(): void {
  settled += 1;
  if (settled === count - waiting || settled === count) tell("settled");
}

function begin(number: number): void {
  const line = `line ${number}\n`;
  const begun = performance.now();
  let text = "";
  let fate: Fate = "unknown";
  const refusedBy = (how: "word" | "reset"): void => {
    fate = how;
    slowestRefusalMs = Math.max(slowestRefusalMs, performance.now() - begun);
    settle();
  };
  // Who is refused keeps its side open: so it lingers until it is told to end.
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.setEncoding("utf8");
  socket.write(line);
  socket.on("data", (piece: string) => {
    text += piece;
    if (text !== line || fate !== "unknown") return;
    fate = "served";
    tally.served += 1;
    served.add(socket);
    settle();
  });
  socket.on("end", () => {
    if (fate === "served") return;
    words[text] = (words[text] ?? 0) + 1;
    lingering.add(socket);
    refusedBy("word");
  });
  socket.on("error", ({ code = "" }: NodeJS.ErrnoException) => {
    const isReset = code === "ECONNRESET" || code === "EPIPE";
    if (!isReset || fate !== "unknown" || text !== "") errors.push(`${code} of one that was ${fate}`);
    else {
      tally.reset += 1;
      refusedBy("reset");
    }
  });
  socket.on("close", () => {
    open -= 1;
    if (open > 0) return;
    tell("over");
    orders.close();
  });
}

function end(sockets: Set<Socket>): void {
  for (const socket of sockets) socket.end();
  sockets.clear();
}

const orders = createInterface(process.stdin);
orders.on("line", (text) => {
  const order = JSON.parse(text) as LoadOrder;
  end(served);
  if (order === "end-all") end(lingering);
});
for (let number = 0; number < count; number++) begin(number);
