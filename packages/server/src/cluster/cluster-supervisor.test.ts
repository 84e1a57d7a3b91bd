import { type ManualClock, manualClock } from "@parley/testkit";
import { describe, expect, it } from "vitest";
import type { FromWorker, ToWorker } from "./cluster-messages.ts";
import { type ClusterOptions, clusterSetup } from "./cluster-options.ts";
import { ClusterSupervisor } from "./cluster-supervisor.ts";
import type { WorkerSink } from "./worker-process.ts";

const report = { completed: 1, idle: 2, aborted: 3, refused: 4 };
const empty = { completed: 0, idle: 0, aborted: 0, refused: 0, killed: 0, lost: 0 };

/** A process that does nothing but what the test has it do. */
class FakeProcess {
  readonly place: number;
  readonly pid: number;
  readonly told: ToWorker["parley"][] = [];
  readonly sink: WorkerSink;
  killed = false;

  constructor(place: number, pid: number, sink: WorkerSink) {
    this.place = place;
    this.pid = pid;
    this.sink = sink;
  }

  send(message: ToWorker): void {
    this.told.push(message.parley);
  }

  disconnect(): void {
    this.sink.exited(0, null);
  }

  kill(): void {
    this.killed = true;
    this.sink.exited(null, "SIGKILL");
  }

  tell(message: FromWorker): void {
    this.sink.message(message);
  }

  listen(): void {
    this.tell({ parley: "listening", addresses: ["tcp://127.0.0.1:1"] });
  }

  drained(): void {
    this.tell({ parley: "drained", report });
    this.sink.exited(0, null);
  }
}

interface Stage {
  readonly supervisor: ClusterSupervisor;
  readonly clock: ManualClock;
  readonly processes: FakeProcess[];
  /** The process that was started last. */
  last(): FakeProcess;
  readonly told: string[];
}

/** Everything that was to follow has followed. */
const settled = (): Promise<void> => new Promise(setImmediate);

function stage(options: Partial<ClusterOptions> = {}): Stage {
  const clock = manualClock();
  const processes: FakeProcess[] = [];
  const setup = clusterSetup({
    start: () => Promise.reject(new Error("not to be called")),
    workers: 2,
    clock,
    random: () => 1,
    ...options,
  });
  const supervisor = new ClusterSupervisor(setup, (place, sink) => {
    const process = new FakeProcess(place, processes.length + 1, sink);
    processes.push(process);
    return process;
  });
  const told: string[] = [];
  const { events } = supervisor;
  events.on("worker-forked", ({ worker }) => told.push(`forked ${worker.pid}`));
  events.on("worker-listening", ({ worker }) => told.push(`listening ${worker.pid}`));
  events.on("worker-restarted", ({ worker }) => told.push(`restarted ${worker.id} ${worker.restarts}`));
  events.on("worker-failed", ({ worker }) => told.push(`failed ${worker.pid}`));
  events.on("worker-exited", ({ worker, code, signal, restartInMs }) =>
    told.push(`exited ${worker.pid} ${code ?? signal} ${restartInMs}`),
  );
  return { supervisor, clock, processes, told, last: () => processes.at(-1) as FakeProcess };
}

/** A stage on which two workers listen. */
async function serving(options: Partial<ClusterOptions> = {}): Promise<Stage> {
  const scene = stage(options);
  const begun = scene.supervisor.begin();
  scene.last().listen();
  await settled();
  scene.last().listen();
  await begun;
  scene.told.length = 0;
  return scene;
}

describe("starting a cluster", () => {
  it("starts one worker, and once it listens the others", async () => {
    const { supervisor, processes, told } = stage({ workers: 3 });
    const begun = supervisor.begin();
    await settled();
    expect(processes).toHaveLength(1);
    expect(supervisor.workers.map(({ state }) => state)).toEqual(["starting", "waiting", "waiting"]);
    processes[0]?.listen();
    await settled();
    expect(processes.map(({ place }) => place)).toEqual([1, 2, 3]);
    processes[1]?.listen();
    processes[2]?.listen();
    await begun;
    expect(told.filter((line) => line.startsWith("restarted"))).toEqual([]);
    expect(supervisor.workers).toEqual(
      [1, 2, 3].map((id) => ({
        id,
        pid: id,
        state: "listening",
        restarts: 0,
        addresses: ["tcp://127.0.0.1:1"],
      })),
    );
    expect(supervisor.addresses).toEqual(["tcp://127.0.0.1:1"]);
  });

  it("fails with the worker's own error, and leaves none behind", async () => {
    const { supervisor, clock, processes, told } = stage();
    const begun = supervisor.begin();
    processes[0]?.listen();
    await settled();
    processes[1]?.tell({
      parley: "failed",
      code: "address-in-use",
      message: "tcp://127.0.0.1:1 is in use",
      stack: "at start",
    });
    processes[1]?.sink.exited(1, null);
    await settled();
    expect(processes[0]?.told).toEqual(["drain"]);
    processes[0]?.drained();
    await expect(begun).rejects.toMatchObject({
      code: "address-in-use",
      message: "tcp://127.0.0.1:1 is in use",
      cause: { stack: "at start" },
    });
    expect(told).toContain("exited 2 1 null");
    expect(processes).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it("fails if the system starts no process", async () => {
    const clock = manualClock();
    const setup = clusterSetup({ start: () => Promise.reject(new Error()), workers: 1, clock });
    const supervisor = new ClusterSupervisor(setup, () => {
      throw new Error("EAGAIN");
    });
    await expect(supervisor.begin()).rejects.toMatchObject({
      code: "worker-failed",
      message: expect.stringContaining("could not be started: Error: EAGAIN") as string,
    });
    expect(clock.pending).toBe(0);
  });

  it("fails with what the system said of a process that it did not start, however late", async () => {
    const { supervisor, clock, last } = stage();
    const begun = supervisor.begin();
    last().sink.unstartable(new Error("spawn EMFILE"));
    await expect(begun).rejects.toMatchObject({
      code: "worker-failed",
      message: expect.stringContaining("could not be started: Error: spawn EMFILE") as string,
      cause: { message: "spawn EMFILE" },
    });
    expect(clock.pending).toBe(0);
  });

  it("fails where a worker never listens: it is killed when its time is over", async () => {
    const { supervisor, clock, processes, last } = stage({ readyTimeoutMs: 70 });
    const begun = supervisor.begin();
    clock.advance(69);
    expect(last().killed).toBe(false);
    clock.advance(1);
    expect(last().killed).toBe(true);
    await expect(begun).rejects.toMatchObject({
      code: "worker-failed",
      message: expect.stringMatching(/did not listen within 70 ms.*readyTimeoutMs/) as string,
    });
    expect(processes).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});

describe("a worker that dies", () => {
  it("is replaced later and later while it does not last, and soon again once it has", async () => {
    const { clock, last, told, supervisor } = await serving({
      restart: { minDelayMs: 100, maxDelayMs: 1_000, healthyMs: 5_000 },
    });
    const delays: (string | undefined)[] = [];
    for (let round = 0; round < 5; round++) {
      last().sink.exited(3, null);
      await settled();
      expect(supervisor.workers[1]).toMatchObject({ state: "waiting", pid: null });
      const delay = told.at(-1)?.split(" ").at(-1);
      delays.push(delay);
      const before = last();
      clock.advance(Number(delay) - 1);
      expect(last()).toBe(before);
      clock.advance(1);
      expect(last()).not.toBe(before);
      // Every other one does not even come to listen.
      if (round % 2 === 0) {
        last().listen();
        await settled();
      }
    }
    expect(delays).toEqual(["200", "400", "800", "1000", "1000"]);
    expect(supervisor.workers[1]?.restarts).toBe(3);
    clock.advance(5_000);
    last().sink.exited(null, "SIGSEGV");
    await settled();
    expect(told.at(-1)).toBe("exited 7 SIGSEGV 200");
    expect(supervisor.workers[0]).toMatchObject({ pid: 1, state: "listening", restarts: 0 });
  });

  it("before it ever listened is never healthy, whatever counts as that", async () => {
    const { clock, last, told } = await serving({
      restart: { minDelayMs: 100, maxDelayMs: 1_000, healthyMs: 0 },
    });
    const delays: (string | undefined)[] = [];
    last().sink.exited(3, null);
    for (let round = 0; round < 4; round++) {
      await settled();
      const delay = told.at(-1)?.split(" ").at(-1);
      delays.push(delay);
      clock.advance(Number(delay));
      last().sink.exited(3, null);
    }
    expect(delays).toEqual(["200", "400", "800", "1000"]);
  });

  it("has one in its place that is killed if it never listens, and another in the place of that", async () => {
    const { supervisor, clock, last, told } = await serving({ readyTimeoutMs: 5_000 });
    last().sink.exited(1, null);
    await settled();
    clock.advance(200);
    const stuck = last();
    expect(supervisor.workers[1]).toMatchObject({ state: "starting", pid: 3 });
    clock.advance(5_000);
    await settled();
    expect(stuck.killed).toBe(true);
    expect(told.slice(-2)).toEqual(["failed 3", "exited 3 SIGKILL 400"]);
    clock.advance(400);
    last().listen();
    await settled();
    clock.advance(60_000);
    expect(last().killed).toBe(false);
    expect(supervisor.workers[1]).toMatchObject({ state: "listening", pid: 4 });
  });

  it("harms nothing where a subscriber throws", async () => {
    const { supervisor, clock, last } = await serving();
    const errors: unknown[] = [];
    supervisor.events.on("worker-exited", () => {
      throw new Error("a subscriber's");
    });
    supervisor.events.on("subscriber-error", ({ event }) => {
      errors.push(event);
      throw new Error("another's");
    });
    last().sink.exited(1, null);
    await settled();
    clock.advance(200);
    last().listen();
    await settled();
    expect(errors).toEqual(["worker-exited"]);
    expect(supervisor.workers.map(({ state }) => state)).toEqual(["listening", "listening"]);
  });
});

describe("closing a cluster", () => {
  it("drains every worker, lets it leave, and sums up", async () => {
    const { supervisor, clock, processes } = await serving();
    const told: string[] = [];
    supervisor.events.on("draining", ({ graceMs }) => {
      told.push(`draining ${graceMs}`);
      void supervisor.close();
    });
    const closing = supervisor.close({ graceMs: 7 });
    for (const process of processes) process.drained();
    const result = await closing;
    expect(result).toEqual({ completed: 2, idle: 4, aborted: 6, refused: 8, killed: 0, lost: 0 });
    expect(await supervisor.close({ graceMs: 1 })).toBe(result);
    expect(supervisor.report).toBe(result);
    expect(processes.map(({ told }) => told)).toEqual([
      ["drain", "leave"],
      ["drain", "leave"],
    ]);
    expect(told).toEqual(["draining 7"]);
    expect(supervisor.workers.map(({ state }) => state)).toEqual(["exited", "exited"]);
    expect(clock.pending).toBe(0);
  });

  it("kills who has not ended by the grace and its margin, and counts who died", async () => {
    const { supervisor, clock, processes } = await serving({ killMarginMs: 50 });
    const closing = supervisor.close({ graceMs: 100 });
    processes[0]?.sink.exited(null, "SIGSEGV");
    clock.advance(149);
    expect(processes[1]?.killed).toBe(false);
    clock.advance(1);
    expect(processes[1]?.killed).toBe(true);
    expect(await closing).toEqual({ ...empty, killed: 1, lost: 1 });
    clock.advance(60_000);
    expect(processes).toHaveLength(2);
  });

  it("counts who went without a report as lost, whatever the exit code says, unless it never listened", async () => {
    const { supervisor, clock, processes, last } = await serving();
    processes[0]?.sink.exited(1, null);
    await settled();
    clock.advance(200);
    const closing = supervisor.close();
    processes[1]?.sink.exited(0, null);
    last().sink.exited(null, "SIGTERM");
    expect(await closing).toEqual({ ...empty, lost: 1 });
  });

  it("replaces nobody any more, not even whose delay has begun", async () => {
    const { supervisor, clock, processes } = await serving();
    processes[0]?.sink.exited(1, null);
    await settled();
    expect(clock.pending).toBe(1);
    const closing = supervisor.close();
    processes[1]?.drained();
    expect(await closing).toEqual({ ...empty, ...report });
    expect(clock.pending).toBe(0);
  });

  it("ends a worker that is about to start", async () => {
    const { supervisor, clock, processes, last } = await serving();
    processes[0]?.sink.exited(1, null);
    await settled();
    clock.advance(200);
    expect(last().pid).toBe(3);
    const closing = supervisor.close();
    processes[1]?.drained();
    expect(await closing).toEqual({ ...empty, ...report });
    expect(last().told).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe("a rolling restart", () => {
  it("has each new worker listen before the old one drains, one after the other", async () => {
    const { supervisor, processes, last, told } = await serving();
    const rolling = supervisor.restart();
    expect(supervisor.restart()).toBe(rolling);
    await settled();
    expect(processes).toHaveLength(3);
    expect(processes[0]?.told).toEqual([]);
    last().listen();
    await settled();
    expect(processes[0]?.told).toEqual(["drain"]);
    expect(supervisor.workers[0]).toMatchObject({ pid: 3, state: "listening", restarts: 1 });
    expect(processes).toHaveLength(3);
    processes[0]?.drained();
    await settled();
    last().listen();
    await settled();
    processes[1]?.drained();
    expect(await rolling).toMatchObject({ completed: 2, killed: 0, lost: 0 });
    expect(told).toEqual([
      "forked 3",
      "listening 3",
      "restarted 1 1",
      "exited 1 0 null",
      "forked 4",
      "listening 4",
      "restarted 2 1",
      "exited 2 0 null",
    ]);
  });

  it("stops at a worker that does not start, and the old one serves on", async () => {
    const { supervisor, clock, processes, last } = await serving();
    const rolling = supervisor.restart();
    last().sink.exited(1, null);
    await expect(rolling).rejects.toMatchObject({
      message: expect.stringContaining("exit code 1") as string,
    });
    expect(supervisor.workers.map(({ pid, state }) => [pid, state])).toEqual([
      [1, "listening"],
      [2, "listening"],
    ]);
    expect(processes[0]?.told).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("stops at a worker that never listens, which is killed, and the old one serves on", async () => {
    const { supervisor, clock, processes, last } = await serving({ readyTimeoutMs: 70 });
    const rolling = supervisor.restart();
    clock.advance(70);
    await expect(rolling).rejects.toMatchObject({ code: "worker-failed" });
    expect(last().killed).toBe(true);
    expect(processes.slice(0, 2).map(({ told }) => told)).toEqual([[], []]);
    expect(supervisor.workers.map(({ pid }) => pid)).toEqual([1, 2]);
    expect(clock.pending).toBe(0);
  });

  it("whose old worker dies while the new one fails too leaves the place to the back-off", async () => {
    const { supervisor, clock, processes, last, told } = await serving();
    const rolling = supervisor.restart();
    processes[0]?.sink.exited(1, null);
    await settled();
    expect(told.at(-1)).toBe("exited 1 1 null");
    last().sink.exited(1, null);
    await expect(rolling).rejects.toThrow();
    expect(supervisor.workers[0]?.state).toBe("waiting");
    clock.advance(200);
    last().listen();
    await settled();
    expect(supervisor.workers[0]).toMatchObject({ pid: 4, state: "listening" });
  });

  it("starts at once where a place is empty, and the delay is forgotten", async () => {
    const { supervisor, clock, processes, last } = await serving({ workers: 2 });
    processes[0]?.sink.exited(1, null);
    await settled();
    const rolling = supervisor.restart();
    last().listen();
    await settled();
    clock.advance(20_000);
    expect(supervisor.workers[0]).toMatchObject({ pid: 3, state: "listening", restarts: 1 });
    last().listen();
    await settled();
    processes[1]?.drained();
    expect(await rolling).toEqual({ ...empty, ...report });
  });

  it("ends when the cluster is closed, with all that it has begun", async () => {
    const { supervisor, clock, processes } = await serving();
    const rolling = supervisor.restart();
    const refused = expect(rolling).rejects.toMatchObject({ code: "closed" });
    const closing = supervisor.close();
    for (const process of processes.slice(0, 2)) process.drained();
    await closing;
    await refused;
    expect(clock.pending).toBe(0);
    await expect(supervisor.restart()).rejects.toMatchObject({ code: "closed" });
  });

  it("that drains slowly does not delay a close with less grace", async () => {
    const { supervisor, clock, processes, last } = await serving({ killMarginMs: 10 });
    const rolling = supervisor.restart({ graceMs: 60_000 });
    const refused = expect(rolling).rejects.toMatchObject({ code: "closed" });
    last().listen();
    await settled();
    const closing = supervisor.close({ graceMs: 0 });
    processes[1]?.drained();
    last().drained();
    clock.advance(10);
    expect(processes[0]?.killed).toBe(true);
    expect(await closing).toMatchObject({ completed: 2, killed: 1 });
    await refused;
  });
});

describe("counters", () => {
  const counters = { serving: 1, waiting: 0, accepted: 5, refused: 0, refusals: {} } as never;

  it("are those of the workers that answer in time", async () => {
    const { supervisor, clock, processes } = await serving();
    const asked = supervisor.counters({ timeoutMs: 20 });
    processes[1]?.tell({ parley: "counted", counters });
    clock.advance(20);
    expect(await asked).toEqual([{ id: 2, pid: 2, counters }]);
    const both = supervisor.counters();
    processes[1]?.tell({ parley: "counted", counters });
    processes[0]?.sink.exited(1, null);
    expect(await both).toHaveLength(1);
    expect(clock.pending).toBe(1);
  });
});
