import { connect } from "node:net";
import { performance } from "node:perf_hooks";

/** What a probe has seen. */
export interface ProbeReport {
  readonly sent: number;
  readonly received: number;
  /** Whatever a good client should not see: an error, an end before its own, a reply that is not the next one. */
  readonly errors: readonly string[];
  /** Of the time from a request to its reply. */
  readonly p99Ms: number;
}

/** A good client that goes on asking. */
export interface Probe {
  /** Asks no more, waits for the last reply, and ends. */
  stop(): Promise<ProbeReport>;
}

/** How a probe asks. */
export interface ProbeOptions {
  /** Default 20, which makes 50 requests a second. */
  readonly everyMs?: number;
  /** Default 5,000. */
  readonly maxRequests?: number;
}

/**
 * Connects to a server that echoes lines, at a `tcp://` URL; resolves once it has got its first reply, and so is served. From then on it
 * sends a request every `everyMs`, whether the one before was answered or not.
 */
export function startProbe(
  url: string,
  { everyMs = 20, maxRequests = 5_000 }: ProbeOptions = {},
): Promise<Probe> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port), noDelay: true });
  const sentAt: number[] = [];
  const tookMs: number[] = [];
  const errors: string[] = [];
  let rest = "";
  let state: "asking" | "stopping" = "asking";
  let ticking: NodeJS.Timeout | undefined;
  const ask = (): void => {
    if (sentAt.length >= maxRequests || !socket.writable) return;
    socket.write(`probe ${sentAt.length}\n`);
    sentAt.push(performance.now());
  };
  const endIfAnswered = (): void => {
    if (state === "stopping" && tookMs.length === sentAt.length) socket.end();
  };
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  void closed.then(() => clearInterval(ticking));
  const probe: Probe = {
    async stop() {
      state = "stopping";
      clearInterval(ticking);
      endIfAnswered();
      await closed;
      const sorted = tookMs.toSorted((a, b) => a - b);
      const p99Ms = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
      return { sent: sentAt.length, received: tookMs.length, errors, p99Ms };
    },
  };
  return new Promise((resolve, reject) => {
    socket.setEncoding("utf8");
    socket.on("connect", ask);
    socket.on("error", (error) => errors.push(error.message));
    socket.on("end", () => {
      if (state === "asking" || tookMs.length < sentAt.length) errors.push("It was ended.");
    });
    socket.on("data", (piece: string) => {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const number = tookMs.length;
        if (line !== `probe ${number}`) errors.push(`Reply ${number} is ${JSON.stringify(line)}.`);
        tookMs.push(performance.now() - (sentAt[number] as number));
        if (number === 0) {
          ticking = setInterval(ask, everyMs);
          resolve(probe);
        }
      }
      endIfAnswered();
    });
    void closed.then(() => reject(new Error(`The probe was not served: ${errors.join(" ")}`)));
  });
}
