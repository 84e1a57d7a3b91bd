import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { Program } from "./program.ts";
import type { Tarball } from "./tarballs.ts";

const compilerOptions = {
  strict: true,
  target: "es2022", // below `await using`, which plain Node does not parse before 24
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  rewriteRelativeImportExtensions: true,
  skipLibCheck: false,
  types: ["node"],
  outDir: "javascript",
  rootDir: "typescript",
};

/** The compilers that the types must do for, by the names they are installed as: the workspace's, and the one most projects have. */
export type Compiler = "typescript" | "typescript-5";

const oldCompiler = "npm:typescript@~5.9.3";

/** A project that has nothing to do with the workspace, into which the tarballs are installed as their users would. */
export class Consumer {
  readonly directory: string;
  readonly #signal: AbortSignal;
  readonly #env = consumerEnvironment(process.env);

  constructor(directory: string, signal: AbortSignal) {
    this.directory = directory;
    this.#signal = signal;
  }

  /** Creates the project and has npm install `tarballs` into it, with TypeScript and tsx in the versions that `root` has. */
  async install(tarballs: readonly Tarball[], root: string): Promise<void> {
    const files = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]));
    const devDependencies: Record<string, string> = { "typescript-5": oldCompiler };
    for (const name of ["@types/node", "tsx", "typescript"])
      devDependencies[name] = await versionOf(name, root);
    await mkdir(join(this.directory, "typescript"), { recursive: true });
    await this.#json("package.json", {
      name: "consumer",
      private: true,
      type: "module",
      dependencies: files,
      devDependencies,
      overrides: Object.fromEntries(Object.keys(files).map((name) => [name, `$${name}`])),
    });
    await this.#json("tsconfig.json", { compilerOptions, include: ["typescript"] });
    await this.start("npm", "install", "--no-audit", "--no-fund").output();
  }

  /** Writes modules to `typescript`, where `compile` finds them. */
  async add(modules: Iterable<readonly [file: string, source: string]>): Promise<void> {
    for (const [file, source] of modules) await this.write(join("typescript", file), source);
  }

  /** Compiles all from `typescript` to `javascript`, strictly. Rejects with what is wrong. */
  async compile(compiler: Compiler, ...args: string[]): Promise<void> {
    await this.start("node", join("node_modules", compiler, "bin/tsc"), "-p", ".", ...args).output();
  }

  read(file: string): Promise<string> {
    return readFile(join(this.directory, file), "utf8");
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(join(this.directory, file), text);
  }

  /** Starts a program in the project. */
  start(command: string, ...args: string[]): Program {
    return new Program(command, args, { cwd: this.directory, env: this.#env, signal: this.#signal });
  }

  #json(file: string, value: object): Promise<void> {
    return this.write(file, JSON.stringify(value, null, 2));
  }
}

/** `env` without what a script of the workspace adds to it: its commands in the path, and what npm and pnpm tell their scripts. */
export function consumerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ofScripts =
    /^(npm_(package|lifecycle|command|execpath|node_execpath)|npm_config_(local_)?prefix$|p?npm_config_verify|PNPM_|INIT_CWD$)/i;
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !ofScripts.test(name)));
  const path = (env["PATH"] ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  return { ...kept, PATH: path.join(delimiter) };
}

async function versionOf(name: string, root: string): Promise<string> {
  const text = await readFile(join(root, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
