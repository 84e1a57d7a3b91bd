import { AbortWatch } from "@parley/core";
import { describe, expect, it } from "vitest";
import { PendingRequest } from "./pending-request.ts";
import { RequestQueue } from "./request-queue.ts";

type Request = PendingRequest<string, string>;

const watch = new AbortWatch<Request>(() => {});
const request = (name: string): Request => new PendingRequest(watch, name, 1, 1, undefined);

function names(queue: RequestQueue<string, string>): string[] {
  const found: string[] = [];
  for (let next = queue.shift(); next !== null; next = queue.shift()) found.push(next.takeMessage());
  return found;
}

describe("RequestQueue", () => {
  it("is first in, first out", () => {
    const queue = new RequestQueue<string, string>();
    for (const name of ["a", "b", "c"]) queue.push(request(name));
    expect(queue.size).toBe(3);
    expect(names(queue)).toEqual(["a", "b", "c"]);
    expect(queue.size).toBe(0);
    expect(queue.shift()).toBeNull();
  });

  it.each([
    [0, ["b", "c"]],
    [1, ["a", "c"]],
    [2, ["a", "b"]],
  ])("gives up number %i and keeps the order of the rest", (gone, left) => {
    const queue = new RequestQueue<string, string>();
    const requests = ["a", "b", "c"].map(request);
    for (const each of requests) queue.push(each);
    queue.remove(requests[gone] as Request);
    queue.push(request("d"));
    expect(queue.size).toBe(3);
    expect(names(queue)).toEqual([...left, "d"]);
  });

  it("lets a request go from one queue into another", () => {
    const [from, to] = [new RequestQueue<string, string>(), new RequestQueue<string, string>()];
    from.push(request("a"));
    from.push(request("b"));
    to.push(from.shift() as Request);
    to.push(from.shift() as Request);
    expect(from.first).toBeNull();
    expect(names(to)).toEqual(["a", "b"]);
  });
});
