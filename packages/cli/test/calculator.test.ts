import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createClient } from "@parley/client";
import { afterEach, describe, expect, it } from "vitest";
import { calculator } from "../src/calculator.ts";
import { calculatorServer } from "../src/calculator-server.ts";
import { rpcCodec, rpcCodecNames } from "../src/rpc-codecs.ts";
import { type Child, parley } from "./child.ts";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

/** `parley serve calculator`, and a client of it in this process. */
async function served(...args: string[]): Promise<{ server: Child; port: number; url: string }> {
  const server = parley("serve", "calculator", "--listen", "tcp://127.0.0.1:0", ...args);
  const [, url, port] = await server.until("stdout", /^listening (tcp:\/\/127\.0\.0\.1:(\d+))\n/);
  return { server, port: Number(port), url: url as string };
}

describe("parley serve calculator", () => {
  it("answers whoever calls, in JSON-RPC 1.0 too, and ends although it ticks", async () => {
    const { server, port, url } = await served();
    const client = createClient(calculator, url, { codec: rpcCodec("msgpack-frames") });
    ends.push(() => client.close());
    const tick = new Promise<{ at: number }>((resolve) => client.on("tick", resolve));
    const socket = connect(port, "127.0.0.1");
    socket.write('{"method": "add", "params": [1, 2], "id": 1}\n');
    const [line] = (await once(createInterface(socket), "line")) as [string];
    expect(JSON.parse(line)).toEqual({ result: 3, error: null, id: 1 });
    expect(await client.call("sleep", { ms: 1 })).toBe(null);
    await expect(client.call("divide", { a: 1, b: 0 })).rejects.toMatchObject({
      rpcCode: 1001,
      data: { dividend: 1 },
    });
    expect((await tick).at).toBeGreaterThan(1_600_000_000_000);
    expect(await server.kill("SIGTERM")).toBe(0);
  });

  it("tells only its log why a call failed", async () => {
    const { server, url } = await served("--log-level", "error");
    const client = createClient(calculator, url);
    ends.push(() => client.close());
    const failed = await client.call("add", { a: 1e308, b: 1e308 }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ rpcCode: -32603, data: expect.any(String) });
    await server.until("stderr", new RegExp(`"reference":"${(failed as { data: string }).data}"`));
  });

  it("is called over TLS, by who trusts its CA", async ({ skip }) => {
    const directory = mkdtempSync(join(tmpdir(), "parley-"));
    ends.push(() => rmSync(directory, { recursive: true }));
    const [cert, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
    const request = "req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2";
    const name = ["-subj", "/CN=calculator", "-addext", "subjectAltName=IP:127.0.0.1"];
    const made = spawnSync("openssl", [...request.split(" "), ...name, "-out", cert, "-keyout", key]);
    if (made.status !== 0) skip("the openssl program is not installed");
    const server = parley(
      "serve",
      "calculator",
      "--listen",
      "tls://127.0.0.1:0",
      "--tls-cert",
      cert,
      "--tls-key",
      key,
    );
    const [, url] = await server.until("stdout", /^listening (.*)\n/);
    const [trusting, other] = [
      parley("call", url as string, "add", "[1, 2]", "--tls-ca", cert),
      parley("call", url as string, "add", "[1, 2]"),
    ];
    expect([await trusting.ended, trusting.stderr, trusting.stdout]).toEqual([0, "", "3\n"]);
    expect([await other.ended, other.stderr]).toEqual([
      1,
      expect.stringMatching(/^parley: .*no CA that is trusted here/),
    ]);
  });
});

describe("the calculator's server", () => {
  it.each(rpcCodecNames)("speaks %s if it is told to, and nothing else", async (codec) => {
    const server = calculatorServer(codec, {});
    ends.push(() => server.close({ graceMs: 0 }));
    const [url] = await server.listen("tcp://127.0.0.1:0");
    const client = createClient(calculator, url as string, { codec: rpcCodec(codec) });
    ends.push(() => client.close());
    expect(await client.call("add", { a: 1, b: 2 })).toBe(3);
    const other = createClient(calculator, url as string, {
      codec: rpcCodec(codec === "content-length" ? "json-lines" : "content-length"),
      reconnect: false,
    });
    ends.push(() => other.close());
    await expect(other.call("add", { a: 1, b: 2 }, { timeoutMs: 5_000 })).rejects.toThrow();
  });
});
