import { describe, expect, it } from "vitest";
import { parley } from "./child.ts";
import { notFound, serveForeign } from "./foreign-server.ts";
import { calculatorHere, thingsHere } from "./here.ts";

/** Runs `parley call`, with `stdin` if it is given; resolves with what it printed and how it ended. */
async function call(args: readonly string[], stdin?: string): Promise<[string, string, number | string]> {
  const child = parley("call", ...args);
  if (stdin !== undefined) child.process.stdin.end(stdin);
  const ended = await child.ended;
  return [child.stdout, child.stderr, ended];
}

describe("parley call", () => {
  it("takes parameters by name, by position and from stdin", async () => {
    const { url } = await calculatorHere();
    expect(
      await Promise.all([
        call([url, "add", '{"a": 1, "b": 2}']),
        call([url, "divide", "[1, 2]"]),
        call([url, "add", "-"], '{"a": 2,\n "b": 2}\n'),
      ]),
    ).toEqual([
      ["3\n", "", 0],
      ["0.5\n", "", 0],
      ["4\n", "", 0],
    ]);
  });

  it.each(["json-frames", "content-length", "json-stream", "msgpack-frames"])("speaks %s", async (codec) => {
    const { url } = await thingsHere();
    expect(await call([url, "reverse", '{"bytes": "AQID"}', "--codec", codec])).toEqual(['"AwIB"\n', "", 0]);
  });

  it("sends nothing that does not match the contract, and says what does not", async () => {
    const { url, messages } = await serveForeign(() => ({
      result: {
        openrpc: "1.3.2",
        info: { title: "adder", version: "1" },
        methods: [
          {
            name: "add",
            params: [{ name: "a", schema: { type: "number" } }],
            result: { name: "sum", schema: {} },
          },
        ],
      },
    }));
    expect(await call([url, "add", '{"a": "one"}'])).toEqual([
      "",
      "parley: The contract is not met by the parameters of add: /a must be number, not string.\n",
      1,
    ]);
    expect(messages.map(({ method }) => method).filter((method) => method !== "$/ping")).toEqual([
      "rpc.discover",
    ]);
  });

  it("tells message, code and data of an answer that is an error", async () => {
    const { url } = await calculatorHere();
    expect(await call([url, "divide", '{"a": 6, "b": 0}'])).toEqual([
      "",
      'parley: Nothing can be divided by zero.\n  code: 1001 (divisionByZero)\n  data: {"dividend":6}\n',
      1,
    ]);
  });

  it("tells which methods there are, and what was meant", async () => {
    const { url } = await calculatorHere();
    expect(await Promise.all([call([url, "divdie"]), call([url, "sqrt"]), call([url, "tick"])])).toEqual([
      ["", "parley: calculator has no method divdie. Did you mean divide?\n", 1],
      ["", "parley: calculator has no method sqrt. It has add, countdown, divide, sleep.\n", 1],
      ["", "parley: calculator has no method tick. It is an event: use parley listen.\n", 1],
    ]);
  });

  it("prints a stream one value a line and the result behind it, harmless to a terminal", async () => {
    const { url } = await thingsHere();
    expect(await call([url, "pour"])).toEqual([
      '"red\\u001b[31m"\n"\\u009b\\u202egnp.exe"\n{"count":2}\n',
      "",
      0,
    ]);
  });

  it("ends a stream quietly when nobody reads it any more", async () => {
    const { url } = await calculatorHere();
    const child = parley("call", url, "countdown", '{"from": 1000000000}');
    await child.until("stdout", /^1000000000\n/);
    child.process.stdout.destroy();
    expect([await child.ended, child.stderr]).toEqual([0, ""]);
  });

  it("takes big integers as text, an input stream from stdin, and a notification", async () => {
    let noted = "";
    const { url } = await thingsHere((text) => {
      noted = text;
    });
    expect(
      await Promise.all([
        call([url, "next", '{"n": "9007199254740993"}']),
        call([url, "sum"], "1\n2\n\n3"),
        call([url, "sum"], "1\nzwei\n"),
        call([url, "nothing"]),
        call([url, "note", '{"text": "hello"}']),
      ]),
    ).toEqual([
      ['"9007199254740994"\n', "", 0],
      ["6\n", "", 0],
      ["", expect.stringMatching(/^parley: Line 2 of the input of sum is not JSON: .*zwei.*\n$/), 1],
      ["null\n", "", 0],
      ["", "", 0],
    ]);
    expect(noted).toBe("hello");
  });

  it("calls a server that knows no discovery, unchecked", async () => {
    const { url, messages } = await serveForeign(({ method }) => {
      if (method === "echo") return { result: { any: "thing" } };
      if (method === "fail") return { error: { code: -32000, message: "\u001b[2J gone", data: "\u009b" } };
      return notFound;
    });
    expect(
      await Promise.all([
        call([url, "echo", "[1]"]),
        call([url, "echo", "--no-discover"]),
        call([url, "fail"]),
        call([url, "other"]),
      ]),
    ).toEqual([
      ['{"any":"thing"}\n', "", 0],
      ['{"any":"thing"}\n', "", 0],
      ["", 'parley: \\x1b[2J gone\n  code: -32000\n  data: "\\u009b"\n', 1],
      ["", "parley: Method not found\n  code: -32601 (methodNotFound)\n", 1],
    ]);
    const calls = messages.filter(({ method }) => method === "echo").map(({ params }) => params);
    expect(calls).toEqual(expect.arrayContaining([[1], undefined]));
    expect(messages.filter(({ method }) => method === "rpc.discover")).toHaveLength(3);
  });

  it("cancels upon SIGINT, and ends by it", async () => {
    const server = await serveForeign(({ method }) => (method === "rpc.discover" ? notFound : undefined));
    const child = parley("call", server.url, "wait", "--timeout", "60000");
    const { id } = await server.called("wait");
    child.process.kill("SIGINT");
    expect([await child.ended, child.stdout, child.stderr]).toEqual(["SIGINT", "", ""]);
    expect((await server.called("$/cancelRequest")).params).toEqual({ id });
  });

  it("gives up after --timeout, and says so if nobody listens", async () => {
    const { url, server } = await calculatorHere();
    const [, slow, code] = await call([url, "sleep", '{"ms": 60000}', "--timeout", "2000"]);
    expect([slow, code]).toEqual([expect.stringMatching(/^parley: No reply came within 2000 ms/), 1]);
    await server.close({ graceMs: 0 });
    const [, nobody, again] = await call([url, "add", "[1, 2]"]);
    expect([nobody, again]).toEqual([
      `parley: No connection to ${url}: nobody listens there; start the server, or check the address.\n`,
      1,
    ]);
  });
});
