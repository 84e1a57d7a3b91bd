/** What the compiler makes of each module, in `dist`. */
const outputEndings = [".js", ".js.map", ".d.ts", ".d.ts.map"] as const;

const output = /^dist\/(?<module>.+?)(?:\.d\.ts|\.js)(?:\.map)?$/;

/** The paths in `dist` that the compiler writes for the module `source`, a path in `src` that ends in `.ts`. */
export function outputsOf(source: string): string[] {
  return outputEndings.map((ending) => source.replace(/^src\//, "dist/").replace(/\.ts$/, ending));
}

/** Those of `files`, paths within a package, that the compiler once wrote for a module that is no longer there. */
export function staleOutputs(files: Iterable<string>): string[] {
  const all = new Set(files);
  return [...all].filter((file) => {
    const module = output.exec(file)?.groups?.module;
    return module !== undefined && !all.has(`src/${module}.ts`);
  });
}
