import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Occupancy, type OccupancyLimits, type Occupant } from "./occupancy.ts";

const unlimited: OccupancyLimits = {
  maxConnections: Number.POSITIVE_INFINITY,
  maxConnectionsPerAddress: Number.POSITIVE_INFINITY,
  firstReservedDescriptor: Number.POSITIVE_INFINITY,
  descriptorReserve: 16,
};

function from(address: string, descriptor?: number): Occupant {
  return { remoteAddress: `tcp://${address}:4711`, descriptor };
}

describe("how many connections exist", () => {
  it("is limited in all, those included that may not stay until they have left", () => {
    const occupancy = new Occupancy({ ...unlimited, maxConnections: 2 });
    const limit = { by: "local", kind: "connection-limit", limit: 2 };
    const one = from("192.0.2.1");
    expect([occupancy.enter(one), occupancy.enter(one)]).toEqual([null, null]);
    expect([occupancy.enter(one), occupancy.enter(one)]).toEqual([limit, limit]);
    occupancy.leave(from("192.0.2.1"));
    occupancy.leave(from("192.0.2.1"));
    expect(occupancy.enter(one)).toEqual(limit);
    occupancy.leave(from("192.0.2.1"));
    occupancy.leave(from("192.0.2.1"));
    expect(occupancy.enter(one)).toBeNull();
  });

  it("is limited by the descriptors that are left, and not for who has none", () => {
    const occupancy = new Occupancy({ ...unlimited, firstReservedDescriptor: 100 });
    const limit = { by: "local", kind: "descriptor-limit", reserve: 16 };
    expect(occupancy.enter(from("192.0.2.1", 99))).toBeNull();
    expect(occupancy.enter(from("192.0.2.1", 100))).toEqual(limit);
    expect(occupancy.enter(from("192.0.2.1", 1_000))).toEqual(limit);
    expect(occupancy.enter(from("192.0.2.1"))).toBeNull();
  });

  it("is not limited here for remote addresses of datagrams, which their listener counts", () => {
    const occupancy = new Occupancy({ ...unlimited, maxConnections: 1 });
    const datagrams = { ...from("192.0.2.1"), takesDatagrams: true };
    expect([occupancy.enter(datagrams), occupancy.enter(datagrams)]).toEqual([null, null]);
    expect(occupancy.enter(from("192.0.2.2", 9))).toBeNull();
    occupancy.leave(datagrams);
    expect(occupancy.enter(from("192.0.2.2", 10))).toMatchObject({ kind: "connection-limit" });
  });

  it("is limited per address, of which a Unix socket has none", () => {
    const occupancy = new Occupancy({ ...unlimited, maxConnectionsPerAddress: 1 });
    const limit = { by: "local", kind: "address-limit", limit: 1 };
    expect(occupancy.enter(from("192.0.2.1"))).toBeNull();
    expect(occupancy.enter(from("192.0.2.1"))).toEqual(limit);
    expect(occupancy.enter(from("192.0.2.2"))).toBeNull();
    expect(occupancy.enter(from("[2001:db8::1]"))).toBeNull();
    expect(occupancy.enter(from("[2001:db8::2]"))).toEqual(limit);
    const unix = { remoteAddress: "unix:", descriptor: 9 };
    expect([occupancy.enter(unix), occupancy.enter(unix)]).toEqual([null, null]);
    occupancy.leaveAddress(unix);
    occupancy.leaveAddress(from("192.0.2.1"));
    expect(occupancy.enter(from("192.0.2.1"))).toBeNull();
  });

  it("does not count for its address who may not stay for another reason", () => {
    const occupancy = new Occupancy({ ...unlimited, maxConnections: 1, maxConnectionsPerAddress: 1 });
    expect(occupancy.enter(from("192.0.2.1"))).toBeNull();
    expect(occupancy.enter(from("192.0.2.2"))).toMatchObject({ kind: "connection-limit" });
    occupancy.leave(from("192.0.2.1"));
    occupancy.leave(from("192.0.2.1"));
    expect(occupancy.enter(from("192.0.2.2"))).toBeNull();
  });

  it("does not even look at an address if that is not limited", () => {
    const unlooked: Occupant = {
      get remoteAddress(): string {
        throw new Error("was looked at");
      },
      descriptor: undefined,
    };
    const occupancy = new Occupancy(unlimited);
    expect(occupancy.enter(unlooked)).toBeNull();
    occupancy.leaveAddress(unlooked);
  });

  it("never exceeds a limit, whoever comes and goes in whatever order", () => {
    const steps = fc.array(
      fc.oneof(fc.record({ comes: fc.integer({ min: 1, max: 3 }) }), fc.record({ goes: fc.nat(20) })),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (taken) => {
        const occupancy = new Occupancy({ ...unlimited, maxConnections: 5, maxConnectionsPerAddress: 2 });
        const staying: Occupant[] = [];
        for (const step of taken) {
          if ("comes" in step) {
            const newcomer = from(`192.0.2.${step.comes}`);
            const beside = staying.filter(({ remoteAddress }) => remoteAddress === newcomer.remoteAddress);
            const room = staying.length < 5 && beside.length < 2;
            expect(occupancy.enter(newcomer) === null).toBe(room);
            if (room) staying.push(newcomer);
            else occupancy.leave(newcomer);
          } else if (staying.length > 0) {
            const [leaver] = staying.splice(step.goes % staying.length, 1) as [Occupant];
            occupancy.leaveAddress(leaver);
            occupancy.leave(leaver);
          }
        }
      }),
    );
  });
});
