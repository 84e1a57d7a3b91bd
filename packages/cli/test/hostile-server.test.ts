import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { type Child, parley, parleyIn } from "./child.ts";
import { type Message, notFound, serveForeign } from "./foreign-server.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** The port of a server that does as it likes with whoever comes. */
async function hostile(treat: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    treat(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Sends `text` for as long as somebody reads. */
function flood(socket: Socket, text: string): void {
  const more = (): void => {
    while (socket.writable && socket.write(text));
  };
  socket.on("drain", more);
  more();
}

const endless = (socket: Socket): void => flood(socket.resume(), "x".repeat(65_536));
const half = (socket: Socket): void => void socket.resume().end('{"jsonrpc":"2.0"');
const resets = (socket: Socket): void => {
  socket.once("data", () => socket.resetAndDestroy());
};
const fin = (socket: Socket): void => void socket.resume().end();
const silent = (socket: Socket): void => void socket.resume();
const wrongIds = (socket: Socket): void => {
  createInterface(socket).on("line", () => socket.write('{"jsonrpc":"2.0","id":"\\u001b[2J","result":1}\n'));
};

/** A server that knows no discovery, answers all else with null, and then does something of its own. */
const afterSubscribing = (then: (socket: Socket) => void) => (socket: Socket) => {
  createInterface(socket).on("line", (line) => {
    const { id, method } = JSON.parse(line) as Message;
    if (id === undefined) return;
    const answer = method === "rpc.discover" ? notFound : { result: null };
    socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...answer })}\n`);
    if (method !== "rpc.discover" && method !== "$/ping") then(socket);
  });
};

async function outcome(child: Child): Promise<[number | string, string, string]> {
  return [await child.ended, child.stdout, child.stderr];
}

const lost =
  "parley: The connection was lost before the answer came; [^\\n]*\\n  cause: The connection is closed: ";

describe("against a hostile server", () => {
  it.each([
    ["sends without end and without a newline", endless, `${lost}.*limit of 1048576\\.\\n$`],
    ["sends half a message and a FIN", half, `${lost}.*\\n$`],
    ["resets", resets, `${lost}.*ECONNRESET.*\\n$`],
    ["sends a FIN at once", fin, `${lost}.*\\n$`],
    ["never answers", silent, "^parley: No reply came within 2000 ms; .*\\n$", "2000"],
    ["answers with ids of its own", wrongIds, "^parley: No reply came within 2000 ms; .*\\n$", "2000"],
  ])(
    "that %s, each command says what happened in visible text and exits 1",
    async (_, treat, said, ms = "60000") => {
      const url = `tcp://127.0.0.1:${await hostile(treat)}`;
      const commands = [
        ["call", url, "add", "[1, 2]"],
        ["listen", url, "tick"],
      ];
      const ends = await Promise.all(commands.map((args) => outcome(parley(...args, "--timeout", ms))));
      for (const end of ends) expect(end).toEqual([1, "", expect.stringMatching(new RegExp(said))]);
    },
  );

  it.each([
    ["ends the connection", fin, "the connection was lost|other side|ended|closed"],
    ["sends something else", (socket: Socket) => void socket.resume().end("HTTP/1.1 400\r\n\r\n"), ""],
    ["resets", (socket: Socket) => void socket.resetAndDestroy(), ""],
  ])("that %s during the TLS handshake, it says so and exits 1", async (_, treat, said) => {
    const url = `tls://127.0.0.1:${await hostile(treat)}`;
    const [code, stdout, stderr] = await outcome(parley("call", url, "add", "[1, 2]"));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(new RegExp(`^parley: .*${url}.*(${said}).*\n`));
    expect(stderr).not.toMatch(/node:internal|\n {4}at /);
  });

  it("no answer and no goodbye of it stands on a line of its own, or moves the cursor", async () => {
    const forged = "gone\nparley: all is well\r\n\u001b[2J\u009b31m\u202e";
    const { url } = await serveForeign(() => ({ error: { code: -32000, message: forged, data: forged } }));
    const call = parley("call", url, "add", "--no-discover");
    expect(await outcome(call)).toEqual([
      1,
      "",
      'parley: gone\\x0aparley: all is well\\x0d\\x0a\\x1b[2J\\x9b31m\\u202e\n  code: -32000\n  data: "gone\\nparley: all is well\\r\\n\\u001b[2J\\u009b31m\\u202e"\n',
    ]);
  });

  it("that goes on sending events, what waits for a reader of stdout is bounded, and stderr tells what is missed", async () => {
    const event = `${JSON.stringify({ jsonrpc: "2.0", method: "tick", params: { text: "y".repeat(10_000) } })}\n`;
    const port = await hostile(afterSubscribing((socket) => flood(socket, event)));
    const child = parley("listen", `tcp://127.0.0.1:${port}`, "tick");
    child.process.stdout.pause();
    await child.until("stderr", /^parley: stdout is read too slowly: events are missed from here on\.\n/);
    child.process.stdout.resume();
    await child.until("stderr", /\nparley: \d+ events were missed\.\n/);
    child.process.kill("SIGINT");
    expect(await child.ended).toBe("SIGINT");
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "that never answers, never reads or never ends, %s ends it",
    async (signal) => {
      let came = (): void => {};
      const arrived = new Promise<void>((resolve) => {
        let count = 0;
        came = () => {
          count += 1;
          if (count === 3) resolve();
        };
      });
      const port = await hostile((socket) => {
        socket.pause();
        came();
      });
      const children = [
        parley("call", `tcp://127.0.0.1:${port}`, "add", "--timeout", "60000"),
        parley("listen", `tls://127.0.0.1:${port}`, "tick", "--timeout", "60000"),
        parley("send", `tcp://127.0.0.1:${port}`),
      ];
      await arrived;
      for (const child of children) child.process.kill(signal);
      expect(await Promise.all(children.map(outcome))).toEqual(children.map(() => [signal, "", ""]));
    },
  );

  it("that says more than fits where nobody reads stdout, SIGINT ends it", async () => {
    let leave = (): void => {};
    const hasLeft = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const openrpc = { openrpc: "1.3.2", info: { title: "x".repeat(900_000), version: "1" }, methods: [] };
    const port = await hostile((socket) => {
      socket.on("end", () => {
        socket.end();
        leave();
      });
      createInterface(socket).on("line", (line) => {
        const { id, method } = JSON.parse(line) as Message;
        if (method !== "rpc.discover") return;
        socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, result: openrpc })}\n`);
      });
    });
    const child = parley("discover", `tcp://127.0.0.1:${port}`);
    child.process.stdout.pause();
    const exited = once(child.process, "exit");
    await hasLeft;
    child.process.kill("SIGINT");
    expect(await exited).toEqual([null, "SIGINT"]);
    child.process.stdout.resume();
    await child.ended;
  });

  it("that ends the conversation early, send ends with it although its input is a pipe that stays open", async () => {
    const port = await hostile(fin);
    const script = 'cat | { "$@"; echo "exit $?"; }';
    const child = parleyIn(["sh", "-c", script, "sh"], "send", `tcp://127.0.0.1:${port}`);
    child.process.stdin.write("hello\n");
    await child.until("stdout", /^exit [01]\n$/);
    child.process.stdin.end();
    await child.ended;
  });

  it("that offers names which a shell takes for options, completion offers none of them", async () => {
    const methods = ["--tls-ca", "-x", "$(reboot)", "a b", "fine"].map((name) => ({
      name,
      params: [],
      result: { name: "result", schema: {} },
    }));
    const { url } = await serveForeign(() => ({
      result: { openrpc: "1.3.2", info: { title: "named", version: "1" }, methods },
    }));
    expect(await outcome(parley("complete", "--", "call", url, ""))).toEqual([0, "fine\t\n:4\n", ""]);
  });
});
