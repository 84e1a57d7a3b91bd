import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { publishables, tarballName } from "./publishable.ts";

it("finds the packages of the workspace, and none that is private", async () => {
  const found = await publishables(fileURLToPath(new URL("../..", import.meta.url)));
  const names = found.map(({ name }) => name);
  for (const name of ["core", "transport", "rpc", "server", "client", "cli", "testkit"])
    expect(names).toContain(`@parley/${name}`);
  expect(names).not.toContain("examples");
});

it("knows what pnpm calls a tarball", () => {
  expect(tarballName({ name: "@parley/core", version: "0.1.0-rc.1" })).toBe("parley-core-0.1.0-rc.1.tgz");
});
