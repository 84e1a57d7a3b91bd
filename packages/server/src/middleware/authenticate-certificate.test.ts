import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CertificateIdentity, type Handler, type ParleyError, textLines } from "@parley/core";
import { createMemoryNetwork, manualClock, type RecordedStream, recordStream } from "@parley/testkit";
import { type Listen, tlsDial, tlsListener } from "@parley/transport";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { deferred } from "../../test/stage.ts";
import { createServer, type Server } from "../server.ts";
import { authenticateCertificate } from "./authenticate-certificate.ts";
import type { AuthenticateCertificateOptions } from "./authenticate-certificate-options.ts";
import type { Middleware } from "./middleware.ts";
import { pipe } from "./pipe.ts";

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

const fingerprint = Array.from({ length: 32 }, (_, index) => (index + 100).toString(16).toUpperCase()).join(
  ":",
);
const ada: CertificateIdentity = {
  subject: "CN=client.example",
  altNames: "DNS:ada.example, DNS:Client.Example",
  fingerprint256: fingerprint,
};

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Visit {
  readonly server: Server<string>;
  readonly caller: RecordedStream;
  /** What the handler has heard. */
  readonly heard: string[];
  /** Why the connection was closed. */
  readonly reason: Promise<unknown>;
  /** What failed, if anything did. */
  readonly failures: unknown[];
}

/** A client whose certificate says this, at a server with this middleware. */
async function visit(
  identity: CertificateIdentity | undefined,
  middleware: Middleware<string>,
  own: Partial<Handler<string>> = {},
): Promise<Visit> {
  const heard: string[] = [];
  const failures: unknown[] = [];
  const closed = deferred<unknown>();
  const handler: Handler<string> = {
    open: () => void heard.push("open"),
    message(message, connection) {
      heard.push(message);
      connection.send(`echo ${message}`);
    },
    drain: () => void heard.push("drain"),
    closing: () => void heard.push("closing"),
    closed: () => void heard.push("closed"),
    ...own,
  };
  const clock = manualClock();
  const server = createServer({ codec: textLines(), handler: pipe(handler, middleware), clock });
  server.events.on("closed", ({ reason }) => closed.resolve(reason));
  server.events.on("handler-error", ({ error }) => failures.push(error));
  const network = createMemoryNetwork();
  const listen: Listen = (sink) =>
    network.listener("here")({
      ...sink,
      accept: (stream) => sink.accept(Object.assign(stream, { identity })),
    });
  await server.listen(listen);
  const caller = recordStream(await network.dial("here")());
  undo.push(() => (caller.stream.destroy(), server.close()));
  return { server, caller, heard, reason: closed.promise, failures };
}

const unauthorized = { by: "local", kind: "unauthorized", tries: 1 };

async function expectServed({ caller, heard, reason }: Visit): Promise<void> {
  caller.send("hello\n");
  caller.stream.end();
  await caller.untilClosed();
  expect(caller.text).toBe("echo hello\n");
  expect(await reason).toEqual({ by: "remote", kind: "ended" });
  expect(heard).toEqual(["open", "hello", "closing", "closed"]);
}

async function expectRefused({ caller, heard, reason }: Visit): Promise<void> {
  caller.send("hello\n");
  await caller.untilEnded();
  caller.stream.end();
  expect(await reason).toEqual(unauthorized);
  expect([caller.text, heard]).toEqual(["", []]);
}

describe("authenticateCertificate", () => {
  it("serves whoever is trusted, and nobody else", async () => {
    await expectServed(await visit(ada, authenticateCertificate()));
    await expectRefused(await visit(undefined, authenticateCertificate()));
    await expectRefused(
      await visit(
        undefined,
        authenticateCertificate(() => true),
      ),
    );
  });

  it.each<[string, AuthenticateCertificateOptions, boolean]>([
    ["its fingerprint", { fingerprints: ["00".repeat(32).replace(/..(?!$)/g, "00:"), fingerprint] }, true],
    ["its fingerprint in lower case", { fingerprints: [fingerprint.toLowerCase()] }, true],
    ["another fingerprint", { fingerprints: [fingerprint.replace("64", "65")] }, false],
    ["its name", { names: ["client.example"] }, true],
    ["its name in other letters", { names: ["CLIENT.example"] }, true],
    ["a part of its name", { names: ["example"] }, false],
    ["more than its name", { names: ["a.client.example"] }, false],
    ["its fingerprint and its name", { fingerprints: [fingerprint], names: ["ada.example"] }, true],
    ["its fingerprint and another name", { fingerprints: [fingerprint], names: ["bob.example"] }, false],
    ["nobody", { names: [] }, false],
  ])("looks at its lists: %s", async (_, options, accepted) => {
    const check = accepted ? expectServed : expectRefused;
    await check(await visit(ada, authenticateCertificate(options)));
    await check(
      await visit(
        ada,
        authenticateCertificate(() => true, options),
      ),
    );
  });

  it("takes neither the subject for a name, nor what is written into another name", async () => {
    for (const altNames of ["", 'DNS:"x, DNS:client.example"', "URI:DNS:client.example", "DNS:*.example"]) {
      const identity = { ...ada, altNames };
      await expectRefused(await visit(identity, authenticateCertificate({ names: ["client.example"] })));
    }
  });

  it("asks verify about those in the lists only, and lets only true in", async () => {
    const asked: CertificateIdentity[] = [];
    const verify = (identity: CertificateIdentity): boolean => {
      asked.push(identity);
      return true;
    };
    await expectRefused(await visit(ada, authenticateCertificate(verify, { names: ["bob.example"] })));
    expect(asked).toEqual([]);
    await expectServed(await visit(ada, authenticateCertificate(verify, { names: ["ada.example"] })));
    expect(asked).toEqual([ada]);
    for (const verdict of [false, "yes", 1, undefined, {}]) {
      await expectRefused(
        await visit(
          ada,
          authenticateCertificate(() => verdict as boolean),
        ),
      );
      await expectRefused(
        await visit(
          ada,
          authenticateCertificate(async () => verdict as boolean),
        ),
      );
    }
  });

  it("holds messages back until a promise settles", async () => {
    const verdict = deferred<boolean>();
    const visiting = await visit(
      ada,
      authenticateCertificate(() => verdict.promise),
    );
    visiting.caller.send("early\n");
    await turns();
    expect(visiting.heard).toEqual([]);
    verdict.resolve(true);
    await visiting.caller.untilText("echo early\n");
    expect(visiting.heard).toEqual(["open", "early"]);
  });

  it("opens nothing for who has gone meanwhile", async () => {
    const verdict = deferred<boolean>();
    const { caller, reason, heard } = await visit(
      ada,
      authenticateCertificate(() => verdict.promise),
    );
    caller.send("early\n");
    await turns();
    caller.stream.destroy();
    expect(await reason).toMatchObject({ kind: "reset" });
    verdict.resolve(true);
    await turns();
    expect(heard).toEqual([]);
  });

  it("fails its connection when verify does", async () => {
    const broken = new Error("no database");
    for (const verify of [
      () => {
        throw broken;
      },
      () => Promise.reject(broken),
    ]) {
      const { caller, reason, heard, failures } = await visit(ada, authenticateCertificate(verify));
      caller.send("early\n");
      await caller.untilEnded();
      caller.stream.end();
      expect(await reason).toEqual({ by: "local", kind: "handler-error", error: broken });
      expect([failures, heard]).toEqual([[broken], []]);
    }
  });

  it("tells a drain and an end that came meanwhile behind open", async () => {
    const verdict = deferred<boolean>();
    const ended: string[] = [];
    const { server, caller, heard, reason } = await visit(
      ada,
      authenticateCertificate(() => verdict.promise),
      {
        ended(connection) {
          ended.push(...heard, "ended");
          connection.send("bye");
          connection.end();
        },
      },
    );
    await turns();
    const draining = server.close();
    await turns();
    caller.stream.end();
    await turns();
    expect([heard, ended]).toEqual([[], []]);
    verdict.resolve(true);
    await caller.untilClosed();
    expect([caller.text, ended]).toEqual(["bye\n", ["open", "drain", "ended"]]);
    expect(await reason).toMatchObject({ kind: "ended" });
    expect(await draining).toMatchObject({ completed: 1, aborted: 0 });
    expect(heard).toEqual(["open", "drain", "closing", "closed"]);
  });

  it("keeps an end and a drain of who is refused from the handler, and leaves the end to it only if it wants it", () => {
    const heard: string[] = [];
    const handler: Handler<string> = {
      message: () => void heard.push("message"),
      ended: () => void heard.push("ended"),
      drain: () => void heard.push("drain"),
    };
    const gate = pipe(handler, authenticateCertificate());
    const refused = { close() {} } as never;
    void gate.open?.(refused);
    void gate.message("forced through", refused);
    gate.ended?.(refused);
    gate.drain?.(refused);
    expect(heard).toEqual([]);
    expect(pipe({ message() {} }, authenticateCertificate()).ended).toBe(undefined);
  });

  it.each([
    [{}, "neither fingerprints nor names"],
    [{ names: undefined }, "neither fingerprints nor names"],
    [{ names: ["*.example"] }, 'names has "*.example"; give a list of texts like "client.example"'],
    [{ names: ["client.example."] }, 'names has "client.example."'],
    [{ names: [""] }, 'names has ""'],
    [{ names: "client.example" }, 'names has "client.example"'],
    [{ fingerprints: ["AB:CD"] }, 'fingerprints has "AB:CD"; give a list of texts like "AB:CD:…"'],
    [{ fingerprints: [fingerprint.replaceAll(":", "")] }, "fingerprints has"],
    [null, "takes a function, options, or"],
    ["client.example", "takes a function, options, or"],
  ])("refuses %j", (options, message) => {
    let error: ParleyError | undefined;
    try {
      authenticateCertificate(options as AuthenticateCertificateOptions);
    } catch (thrown) {
      error = thrown as ParleyError;
    }
    expect(error).toMatchObject({ code: "bad-option", message: expect.stringContaining(message) });
  });
});

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes a CA, and a certificate by it for each of the names, with the openssl program; the directory is gone afterwards. */
function certificates(altNames: readonly string[]): { ca: string; made: Certificate[] } {
  const directory = mkdtempSync(join(tmpdir(), "parley-certificates-"));
  const openssl = (...args: string[]): void =>
    void execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  const read = (name: string): string => readFileSync(join(directory, name), "utf8");
  const newKey = (name: string): string[] =>
    `-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ${name}`.split(" ");
  try {
    openssl("req", "-x509", ...newKey("ca-key"), "-out", "ca", "-days", "2", "-subj", "/CN=Parley test CA");
    const made = altNames.map((altName, index) => {
      writeFileSync(join(directory, "extensions"), `subjectAltName=@names\n[names]\n${altName}\n`);
      openssl("req", ...newKey(`key${index}`), "-out", "request", "-subj", "/CN=client.example");
      const by = ["-CA", "ca", "-CAkey", "ca-key", "-CAcreateserial", "-days", "2", "-extfile", "extensions"];
      openssl("x509", "-req", "-in", "request", ...by, "-out", `cert${index}`);
      return { cert: read(`cert${index}`), key: read(`key${index}`) };
    });
    return { ca: read("ca"), made };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const withoutOpenssl = spawnSync("openssl", ["version"]).status !== 0;

describe.skipIf(withoutOpenssl)("authenticateCertificate over TLS (skipped without openssl)", () => {
  let ca: string;
  let server: Certificate;
  let client: Certificate;
  let forger: Certificate;
  beforeAll(() => {
    const names = ["IP.1=127.0.0.1", "DNS.1=client.example", "DNS.1=x.example, DNS:client.example"];
    const { ca: authority, made } = certificates(names);
    ca = authority;
    [server, client, forger] = made as [Certificate, Certificate, Certificate];
  });

  it("serves the client whose certificate has the name, and neither others nor who has none", async () => {
    const heard: string[] = [];
    const handler: Handler<string> = {
      message(message, connection) {
        heard.push(message);
        connection.send(`${message} ${connection.identity?.altNames}`);
      },
    };
    const reasons: unknown[] = [];
    const altNames: (string | undefined)[] = [];
    const serving = createServer({
      codec: textLines(),
      handler: pipe(handler, authenticateCertificate({ names: ["client.example"] })),
    });
    undo.push(() => serving.close());
    serving.events.on("closed", ({ reason, connection }) => {
      reasons.push(reason.kind);
      altNames.push(connection.identity?.altNames);
    });
    const options = { ...server, ca, requestCert: true, rejectUnauthorized: false };
    const [url = ""] = await serving.listen(tlsListener("tls://127.0.0.1:0", options));
    for (const [who, identity] of Object.entries({ client, forger, nobody: {} })) {
      const caller = recordStream(await tlsDial(url, { ca, ...identity })());
      caller.send(`${who}\n`);
      await (who === "client" ? caller.untilText("client DNS:client.example\n") : caller.untilEnded());
      caller.stream.end();
      await caller.untilClosed();
      if (who !== "client") expect(caller.text).toBe("");
    }
    await serving.close();
    expect(altNames).toEqual(["DNS:client.example", 'DNS:"x.example\\u002c DNS:client.example"', undefined]);
    expect([heard, reasons]).toEqual([["client"], ["ended", "unauthorized", "unauthorized"]]);
  });
});
