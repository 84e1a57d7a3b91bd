import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ByteStream } from "@parley/core";
import {
  type Dial,
  formatAddress,
  type Listen,
  socketDial,
  socketListener,
  tlsDial,
  tlsListener,
} from "@parley/transport";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type ByteStreamPair, createMemoryNetwork, memoryPair, testByteStream } from "../src/index.ts";

const runner = { describe, it };

/** Listens, dials once, and stops listening. */
async function connected(listen: Listen, dialOf: (address: string) => Dial): Promise<ByteStreamPair> {
  let arrived: (stream: ByteStream) => void;
  const accepted = new Promise<ByteStream>((resolve) => {
    arrived = resolve;
  });
  const listener = await listen({
    accept: (stream) => arrived(stream),
    failed(error) {
      throw error;
    },
  });
  const [near, far] = await Promise.all([dialOf(listener.address)(), accepted]);
  await listener.close();
  return { near, far };
}

testByteStream("memory", { makePair: async () => memoryPair() }, runner);

testByteStream(
  "memory, byte by byte through seven bytes of room",
  { makePair: async () => memoryPair({ chunkBytes: 1, capacityBytes: 7 }), bulkBytes: 3_000 },
  runner,
);

testByteStream(
  "a memory network",
  {
    makePair() {
      const network = createMemoryNetwork();
      return connected(network.listener("here"), () => network.dial("here"));
    },
  },
  runner,
);

testByteStream("tcp", { makePair: () => connected(socketListener("tcp://127.0.0.1:0"), socketDial) }, runner);

testByteStream(
  "tcp over IPv6",
  { makePair: () => connected(socketListener("tcp://[::1]:0"), socketDial) },
  runner,
);

describe("unix", () => {
  let directory: string;
  let made = 0;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "parley-"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  testByteStream(
    "unix",
    {
      makePair() {
        const path = join(directory, `${++made}.sock`);
        return connected(socketListener(formatAddress({ scheme: "unix", path })), socketDial);
      },
      resets: false,
    },
    runner,
  );
});

/** A certificate and its key, one behind the other; empty where there is no openssl program. */
function selfSigned(): string {
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "-"];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const { status, stdout } = spawnSync("openssl", ["req", "-x509", ...newKey, "-days", "2", ...name], {
    encoding: "utf8",
  });
  return status === 0 ? stdout : "";
}

const pem = selfSigned();

describe.skipIf(pem === "")(`tls (${pem === "" ? "the openssl program is not installed" : "1.3"})`, () => {
  testByteStream(
    "tls",
    {
      makePair: () =>
        connected(tlsListener("tls://127.0.0.1:0", { cert: pem, key: pem }), (url) =>
          tlsDial(url, { ca: pem }),
        ),
    },
    runner,
  );
});
