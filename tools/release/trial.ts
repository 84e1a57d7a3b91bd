import { join } from "node:path";
import type { Consumer } from "./consumer.ts";
import { announcedOutput, isAnnounced, readdressed } from "./readme-example.ts";
import type { Tarball } from "./tarballs.ts";

/** Where the README's service and client are run: by plain Node, or by tsx. */
export type Language = "javascript" | "typescript";

const runtimes = {
  javascript: { ending: ".js", args: [] },
  typescript: { ending: ".ts", args: ["--import", "tsx"] },
} as const satisfies Record<Language, { ending: string; args: readonly string[] }>;

/** Runs the README's service for as long as `use` takes, which is given its URL. */
async function whileServing(
  consumer: Consumer,
  language: Language,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const run = await runnable(consumer, language, "server", "tcp://127.0.0.1:0");
  const server = consumer.start("node", "--import", "./javascript/tell-address.js", ...run);
  try {
    const [, url] = await server.until("stderr", /^at (tcp:.+)$/m);
    await use(url as string);
  } finally {
    await server.stop("SIGKILL");
  }
}

/** Has the module name `url` for its address; answers Node's arguments that run it. */
async function runnable(
  consumer: Consumer,
  language: Language,
  name: string,
  url: string,
): Promise<string[]> {
  const { ending, args } = runtimes[language];
  const file = join(language, name + ending);
  await consumer.write(file, readdressed(await consumer.read(file), url));
  return [...args, file];
}

/**
 * Runs the README's service and has its client talk to it.
 * @throws Error if one of them fails, or the client does not print what it says it does.
 */
export async function tryExample(consumer: Consumer, language: Language): Promise<void> {
  const announced = announcedOutput(await consumer.read("typescript/client.ts"));
  await whileServing(consumer, language, async (url) => {
    const run = await runnable(consumer, language, "client", url);
    const output = await consumer.start("node", ...run).output();
    if (!isAnnounced(output, announced))
      throw new Error(`The README's client should print ${announced}; it printed:\n${output}`);
  });
}

/** Has the packed command find out what the README's service offers, and call it. */
export async function tryDiscovery(consumer: Consumer): Promise<void> {
  const parley = (...args: string[]) => consumer.start("npx", "--no", "--", "parley", ...args).output();
  await whileServing(consumer, "javascript", async (url) => {
    expect(await parley("call", url, "add", '{"a":1,"b":2}'), "3\n");
    expect(await parley("call", url, "countdown", '{"from":2}'), "2\n1\n");
    const { methods } = JSON.parse(await parley("discover", url)) as { methods: { name: string }[] };
    expect(methods.map(({ name }) => name).join(), "add,countdown");
    await consumer.add([["discovered.ts", await parley("types", url)]]);
    await consumer.compile("typescript", "--noEmit", "--skipLibCheck");
  });
}

/** Serves, calls and stops an echo with the packed `parley` command, which tells its own version. */
export async function tryCommand(consumer: Consumer, tarballs: readonly Tarball[]): Promise<void> {
  const parley = (...args: string[]) => consumer.start("npx", "--no", "--", "parley", ...args);
  const version = tarballs.find(({ name }) => name === "@parley/cli")?.version;
  expect(await parley("--version").output(), `${version}\n`);
  const command = join(consumer.directory, "node_modules/.bin/parley");
  const server = consumer.start(command, "serve", "echo", "--listen", "tcp://127.0.0.1:0");
  try {
    const [, url] = await server.until("stdout", /^listening (tcp:.+)$/m);
    expect(await parley("send", url as string).output("one\ntwo\n"), "one\ntwo\n");
    expect(String(await server.stop("SIGTERM")), "0");
  } finally {
    await server.stop("SIGKILL");
  }
}

/** Has the packed testkit carry an echo through memory. */
export async function tryTestkit(consumer: Consumer): Promise<void> {
  expect(await consumer.start("node", "javascript/in-memory.js").output(), "in memory\n");
}

function expect(actual: string, expected: string): void {
  if (actual !== expected)
    throw new Error(`Expected ${JSON.stringify(expected)}, but it was ${JSON.stringify(actual)}.`);
}
