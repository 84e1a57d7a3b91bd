import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { auditPackage } from "./audit.ts";
import { Consumer } from "./consumer.ts";
import { Program } from "./program.ts";
import { readmeExample } from "./readme-example.ts";
import { packTarballs, type Tarball } from "./tarballs.ts";
import { tryCommand, tryDiscovery, tryExample, tryTestkit } from "./trial.ts";
import { trialModules } from "./trial-modules.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const stopped = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopped.abort());
const limit = setTimeout(() => stopped.abort(), 240_000);
const { signal } = stopped;

let failed = 0;

/** Runs one part of the check, whatever became of those before it, and says how it went. */
async function step(name: string, run: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  try {
    await run();
    console.log(`ok      ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`failed  ${name}\n${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Checks that all are of one version and the changelog tells of it. */
async function checkVersion(tarballs: readonly Tarball[]): Promise<void> {
  const versions = [...new Set(tarballs.map(({ version }) => version))];
  if (versions.length !== 1) throw new Error(`The packages are of several versions: ${versions.join(", ")}.`);
  const changelog = await readFile(join(root, "CHANGELOG.md"), "utf8");
  if (!changelog.includes(`\n## [${versions[0]}]`))
    throw new Error(`CHANGELOG.md has no heading "## [${versions[0]}]".`);
}

async function audit(directory: string, tarballs: readonly Tarball[]): Promise<void> {
  const faults: string[] = [];
  for (const { name } of tarballs)
    for (const fault of await auditPackage(join(directory, "node_modules", name)))
      faults.push(`${name}: ${fault}`);
  if (faults.length > 0) throw new Error(faults.join("\n"));
}

async function lint({ file }: Tarball): Promise<void> {
  const bin = join(root, "node_modules/.bin");
  await new Program(join(bin, "publint"), [file, "--strict"], { cwd: root, signal }).output();
  await new Program(join(bin, "attw"), [file, "--profile", "esm-only"], { cwd: root, signal }).output();
}

const place = await mkdtemp(join(tmpdir(), "parley-release-"));
try {
  const consumer = new Consumer(join(place, "consumer"), signal);
  let tarballs: Tarball[] = [];
  await step("build and pack", async () => {
    tarballs = await packTarballs(root, join(place, "tarballs"), signal);
  });
  if (failed === 0) await step("install into an empty project", () => consumer.install(tarballs, root));
  if (failed === 0) {
    await step("one version, and the changelog tells of it", () => checkVersion(tarballs));
    await step("what is in the packages", () => audit(consumer.directory, tarballs));
    await step("what publint and attw say", () => Promise.all(tarballs.map(lint)));
    await step("strict types, with those of all libraries", async () => {
      await consumer.add(readmeExample(await readFile(join(root, "README.md"), "utf8")));
      await consumer.add(trialModules);
      await consumer.compile("typescript");
    });
    // It takes half a minute for typebox's own declarations.
    await step("strict types for TypeScript 5.9", () =>
      consumer.compile("typescript-5", "--noEmit", "--skipLibCheck"),
    );
    await step("the README's service and client in JavaScript", () => tryExample(consumer, "javascript"));
    await step("the README's service and client in TypeScript", () => tryExample(consumer, "typescript"));
    await step("the parley command", () => tryCommand(consumer, tarballs));
    await step("the parley command and the README's service", () => tryDiscovery(consumer));
    await step("the testkit", () => tryTestkit(consumer));
  }
  const names = tarballs.map(({ name, version }) => `${name} ${version}`).join(", ");
  console.log(failed === 0 ? `passed, and can be published: ${names}` : `${failed} failed`);
} finally {
  clearTimeout(limit);
  await rm(place, { recursive: true });
}
process.exitCode = failed === 0 ? 0 : 1;
