import type { Connection } from "@parley/core";
import { sessionDefaults } from "@parley/rpc";
import { expect, it } from "vitest";
import { serveDefaults, serveSetup } from "./serve-options.ts";

const known = { identity: { subject: "CN=ann" } } as unknown as Connection<unknown>;
const unknown = { identity: undefined } as unknown as Connection<unknown>;

it("has defaults, and takes what is given as undefined for not given", () => {
  const { middleware, principal: _, session, ...limits } = serveSetup({ maxKeys: undefined, lenient: true });
  expect(limits).toEqual(serveDefaults);
  expect(middleware).toEqual([]);
  expect(session).toEqual({ ...sessionDefaults, lenient: true });
});

it("takes for the principal whom a certificate names", () => {
  expect([serveSetup({}).principal(known), serveSetup({}).principal(unknown)]).toEqual(["CN=ann", undefined]);
  expect(serveSetup({ principal: () => "bob" }).principal(known)).toBe("bob");
});
