import { expect, it } from "vitest";
import { consumerEnvironment } from "./consumer.ts";

it("keeps the environment, but for what scripts of the workspace are told", () => {
  expect(
    consumerEnvironment({
      HOME: "/home/somebody",
      PATH: "/w/node_modules/.bin:/usr/bin:/usr/lib/node_modules/npm/node-gyp-bin:/bin",
      npm_config_registry: "https://registry.example.org",
      npm_config_local_prefix: "/w",
      npm_config_prefix: "/usr",
      npm_package_name: "parley",
      npm_lifecycle_event: "release:check",
      npm_execpath: "/pnpm",
      PNPM_PACKAGE_NAME: "parley",
      pnpm_config_verify_deps_before_run: "false",
      INIT_CWD: "/w",
    }),
  ).toEqual({
    HOME: "/home/somebody",
    PATH: "/usr/bin:/bin",
    npm_config_registry: "https://registry.example.org",
  });
});
