import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { askOnce, Caller, Program, ready, tsx } from "./cluster-stage.ts";

/** Connections that each have a message under way. */
function hold(port: number, count: number): Promise<Caller[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const caller = new Caller(port);
      expect(await caller.ask("hold")).toBe("holding");
      return caller;
    }),
  );
}

/** Asks `count` times at once, and signals when all but one are answered. */
function askAtOnce(
  port: number,
  count: number,
): { readonly allButOne: Promise<void>; readonly all: Promise<(string | null)[]> } {
  let left = count - 1;
  let enough = (): void => {};
  const allButOne = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const asked = Array.from({ length: count }, async () => {
    const answer = await askOnce(port, "pid");
    left -= 1;
    if (left === 0) enough();
    return answer;
  });
  return { allButOne, all: Promise.all(asked) };
}

describe("several workers", () => {
  it("share the connections, and one that dies is missed by none but its own", async () => {
    const { program, port, pids } = await ready({ restart: { minDelayMs: 1, maxDelayMs: 2 } });
    const [doomed, other] = pids as [string, string];
    expect(new Set(await askAtOnce(port, 20).all)).toEqual(new Set(pids));
    program.order({ do: "count" });
    const { counters } = await program.until("counted");
    expect(counters.map(({ id }) => id)).toEqual([1, 2]);
    expect(counters.reduce((sum, { counters }) => sum + counters.accepted, 0)).toBe(20);

    // A worker that is stopped is given one connection and does not take it.
    process.kill(Number(doomed), "SIGSTOP");
    const { allButOne, all } = askAtOnce(port, 4);
    await allButOne;
    process.kill(Number(doomed), "SIGKILL");
    expect(new Set(await all)).toEqual(new Set([other]));

    let replaced = false;
    const restarted = program.until("worker-restarted").then((told) => {
      replaced = true;
      return told;
    });
    while (!replaced) expect(await askOnce(port, "pid")).toMatch(/^\d+$/);
    const { worker } = await restarted;
    expect(worker).toMatchObject({ id: 1, restarts: 1, state: "listening" });
    expect(await program.until("worker-exited")).toMatchObject({
      signal: "SIGKILL",
      worker: { id: 1, pid: Number(doomed), state: "exited" },
    });
    expect(new Set(await askAtOnce(port, 10).all)).toEqual(new Set([String(worker.pid), other]));
    expect(program.stderr).toBe("");
  });

  it("fail to start as one, with the worker's own error", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    try {
      await once(taken, "listening");
      const { port } = taken.address() as { port: number };
      const program = new Program({ url: `tcp://127.0.0.1:${port}` });
      expect(await program.until("rejected")).toMatchObject({
        code: "address-in-use",
        message: expect.stringContaining(`tcp://127.0.0.1:${port} is in use`) as string,
        parley: true,
      });
      expect(await program.ended).toBe(1);
      expect(program.stderr).toBe("");
    } finally {
      taken.close();
    }
  });

  it("fail to start with an error of the program's own as well", async () => {
    const program = new Program({ startError: "no database" });
    expect((await program.until("rejected")).message).toContain("no database");
    expect(await program.ended).toBe(1);
  });

  it("fail to start as one where one of them hangs, and none is left", async () => {
    const program = new Program({ startHangs: true, readyTimeoutMs: 3_000, killMarginMs: 0 });
    expect(await program.until("rejected")).toMatchObject({
      code: "worker-failed",
      message: expect.stringContaining("did not listen within 3000 ms") as string,
    });
    expect(await program.ended).toBe(1);
  });

  it("fail to start with what the system says where it starts no process", async () => {
    const program = new Program({ settings: { cwd: "/nowhere/at/all" } });
    expect(await program.until("rejected")).toMatchObject({
      code: "worker-failed",
      message: expect.stringMatching(/could not be started: .*ENOENT/) as string,
    });
    expect(await program.ended).toBe(1);
    expect(program.stderr).toBe("");
  });

  it.each([
    [
      `unix://${join(tmpdir(), `parley-worker-${process.pid}.sock`)}`,
      "cannot make a socket file that is private from birth",
    ],
    ["udp://127.0.0.1:0", "would get datagrams of other workers' connections"],
  ])("refuse to listen at %s, and say why", async (url, why) => {
    const program = new Program({ url });
    expect(await program.until("rejected")).toMatchObject({
      code: "listen-failed",
      message: expect.stringMatching(new RegExp(`worker of a cluster.*${why}`)) as string,
    });
    expect(await program.ended).toBe(1);
  });
});

describe("the only worker", () => {
  it("that dies takes the connection that was on its way with it, and one that hangs is killed", async () => {
    const { program, port, pids } = await ready({
      workers: 1,
      killMarginMs: 50,
      restart: { minDelayMs: 1, maxDelayMs: 2 },
    });
    const one = new Caller(port);
    expect(await one.ask("x")).toBe("x");
    process.kill(Number(pids[0]), "SIGSTOP");
    const other = new Caller(port);
    await other.connected;
    process.kill(Number(pids[0]), "SIGKILL");
    for (const caller of [one, other]) await expect(caller.line().catch(() => null)).resolves.toBeNull();

    const { worker } = await program.until("worker-restarted");
    const caller = new Caller(Number(new URL(worker.addresses[0] as string).port));
    expect(await caller.ask("spin")).toBe("spinning");
    program.order({ do: "close", graceMs: 0 });
    expect((await program.until("drained")).report).toMatchObject({ killed: 1, lost: 0 });
    expect(await program.ended).toBe(0);
  });
});

describe("a rolling restart", () => {
  it.each(["round-robin", "shared"] as const)("refuses and resets nobody (%s)", async (scheduling) => {
    const { program, port, pids } = await ready({ scheduling }, tsx);
    const [busy] = await hold(port, 1);
    let rolling = true;
    let answered = 0;
    // One that an old worker has accepted, and not heard of before it drained, ends in order without an answer.
    const load = Array.from({ length: 4 }, async () => {
      while (rolling) if ((await askOnce(port, "x")) === "x") answered += 1;
    });
    program.order({ do: "restart" });
    const { report, workers } = await program.until("rolled");
    rolling = false;
    await Promise.all(load);
    expect(await busy?.line()).toBe("held");
    expect(answered).toBeGreaterThan(0);
    expect(report).toMatchObject({ aborted: 0, killed: 0, lost: 0 });
    expect(report.completed).toBeGreaterThanOrEqual(1);
    expect(workers.map(({ id, state, restarts }) => [id, state, restarts])).toEqual([
      [1, "listening", 1],
      [2, "listening", 1],
    ]);
    for (const { pid } of workers) expect(pids).not.toContain(String(pid));
    program.order({ do: "close" });
    expect(await program.ended).toBe(0);
  });
});

describe("closing", () => {
  it("by SIGTERM, and another, answers all that was asked before, under load, and every process exits with 0", async () => {
    const { program, port } = await ready();
    const holding = await hold(port, 6);
    const loading = Array.from({ length: 6 }, () => new Caller(port));
    for (const caller of loading) expect(await caller.ask("x")).toBe("x");
    const load = loading.map(async (caller) => {
      for (let count = 0; ; count++) {
        const answer = await caller.ask(String(count));
        if (answer === null) return;
        expect(answer).toBe(String(count));
      }
    });
    for (const _ of [1, 2]) {
      program.process.kill("SIGTERM");
      await program.until("signalled");
    }
    for (const caller of holding) {
      expect(await caller.line()).toBe("held");
      expect(await caller.line()).toBeNull();
    }
    await Promise.all(load);
    const { report } = await program.until("drained");
    expect(report).toMatchObject({ aborted: 0, refused: 0, killed: 0, lost: 0 });
    expect(report.completed).toBeGreaterThanOrEqual(6);
    expect(report.completed + report.idle).toBe(12);
    const exits = program.told.filter(({ told }) => told === "worker-exited");
    expect(exits.map(({ code, restartInMs }) => [code, restartInMs])).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(await program.ended).toBe(0);
  });

  it("is the primary's to decide when the whole group is signalled", async () => {
    const { program, port, pids } = await ready({ workers: 1 });
    for (const signal of ["SIGINT", "SIGTERM"]) process.kill(Number(pids[0]), signal);
    const [busy] = await hold(port, 1);
    process.kill(-(program.process.pid as number), "SIGTERM");
    expect(await busy?.line()).toBe("held");
    expect((await program.until("drained")).report).toMatchObject({ completed: 1, killed: 0, lost: 0 });
    expect(await program.ended).toBe(0);
  });

  it("is what workers do by themselves when their primary is gone", async () => {
    const { program, port } = await ready();
    const [busy] = await hold(port, 1);
    program.process.kill("SIGKILL");
    expect(await busy?.line()).toBe("held");
    expect(await busy?.line()).toBeNull();
    expect(await program.ended).toBe("SIGKILL");
  });

  it("is cut short where a worker hangs in its start or its end when the primary is gone", async () => {
    const program = new Program({ startHangs: true, closeHangs: true, graceMs: 100, killMarginMs: 100 });
    await program.until("starting");
    program.process.kill("SIGKILL");
    await program.until("ending");
    expect(await program.ended).toBe("SIGKILL");
  });

  it("has a worker that hangs in its end killed, and one that exits meanwhile counted as lost", async () => {
    const { program, pids } = await ready({ closeHangs: true, graceMs: 100, killMarginMs: 2_000 });
    program.order({ do: "close" });
    await program.until("ending");
    process.kill(Number(pids[0]), "SIGKILL");
    expect((await program.until("drained")).report).toMatchObject({ killed: 1, lost: 1 });
    expect(await program.ended).toBe(0);
  });
});
