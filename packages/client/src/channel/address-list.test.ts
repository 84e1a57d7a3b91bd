import { describe, expect, it } from "vitest";
import { AddressList } from "./address-list.ts";

const urls = ["tcp://127.0.0.1:1", "tcp://127.0.0.1:2", "tcp://127.0.0.1:3"];
const dial = () => Promise.reject(new Error("not dialled here"));

function listOf(...where: Parameters<typeof Array.of<string>>) {
  const list = new AddressList(where);
  const at = (index: number) => {
    const address = list.round(Number.POSITIVE_INFINITY).find(({ name }) => name === where[index]);
    if (address === undefined) throw new Error(`there is no address ${index}`);
    return address;
  };
  const names = (now: number) => list.round(now).map(({ name }) => urls.indexOf(name));
  return { list, at, names };
}

describe("a list of addresses", () => {
  it("takes one URL, one dial, or several of both", () => {
    const names = (where: ConstructorParameters<typeof AddressList>[0]) =>
      new AddressList(where).round(0).map(({ name }) => name);
    expect(names("tcp://127.0.0.1:1")).toEqual(["tcp://127.0.0.1:1"]);
    expect(names(dial)).toEqual(["dial 1"]);
    expect(names(["tcp://127.0.0.1:1", dial])).toEqual(["tcp://127.0.0.1:1", "dial 2"]);
  });

  it("refuses none, and what is no address, at once", () => {
    expect(() => new AddressList([])).toThrow(expect.objectContaining({ code: "bad-option" }));
    expect(() => new AddressList(undefined as never)).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
    expect(() => new AddressList(["http://x"])).toThrow(expect.objectContaining({ code: "bad-address" }));
  });

  it("is tried in order, from the one that was good last", () => {
    const { list, at, names } = listOf(...urls);
    expect(names(0)).toEqual([0, 1, 2]);
    list.succeeded(at(1));
    expect(names(0)).toEqual([1, 2, 0]);
  });

  it("passes over those to be avoided, for as long as they are", () => {
    const { list, at, names } = listOf(...urls);
    list.avoid(at(0), 100);
    expect(names(99)).toEqual([1, 2]);
    expect(names(100)).toEqual([1, 2, 0]);
    list.avoid(at(2), 200);
    expect(names(100)).toEqual([1, 0]);
  });

  it("knows when there is something to be tried, and whether it is another one", () => {
    const { list, at } = listOf(...urls.slice(0, 2));
    expect(list.availableAt(5)).toBe(5);
    expect(list.hasOther(at(0), 5)).toBe(true);
    list.avoid(at(1), 50);
    expect(list.hasOther(at(0), 5)).toBe(false);
    list.avoid(at(0), 30);
    expect(list.availableAt(5)).toBe(30);
    expect(list.round(5)).toEqual([]);
    expect(list.hasOther(at(0), 50)).toBe(true);
  });
});
