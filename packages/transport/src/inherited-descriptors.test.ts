import { describe, expect, it } from "vitest";
import { type ActivationEnvironment, takeInherited } from "./inherited-descriptors.ts";

describe("inherited descriptors", () => {
  it("are counted from 3, and given out once", () => {
    const environment: ActivationEnvironment = { LISTEN_FDS: "2", LISTEN_PID: "42", LISTEN_FDNAMES: "a:b" };
    expect(takeInherited(environment, 42)).toEqual([3, 4]);
    expect(environment).toEqual({});
    expect(() => takeInherited(environment, 42)).toThrow("are not set");
  });

  it.each<[ActivationEnvironment, string]>([
    [{}, "give fd://3"],
    [{ LISTEN_FDS: "1" }, "give fd://3"],
    [{ LISTEN_FDS: "1", LISTEN_PID: "41" }, 'LISTEN_PID is "41" and this process is 42'],
    [{ LISTEN_FDS: "0", LISTEN_PID: "42" }, "from 1 to 1024"],
    [{ LISTEN_FDS: "1025", LISTEN_PID: "42" }, "from 1 to 1024"],
    [{ LISTEN_FDS: "1e3", LISTEN_PID: "42" }, "from 1 to 1024"],
    [{ LISTEN_FDS: "-1", LISTEN_PID: "42" }, "from 1 to 1024"],
  ])("are refused where %j", (environment, why) => {
    const before = { ...environment };
    expect(() => takeInherited(environment, 42)).toThrow(
      expect.objectContaining({ code: "listen-failed", message: expect.stringContaining(why) as string }),
    );
    expect(environment).toEqual(before);
  });
});
