import { isBuiltin } from "node:module";

// Statements start a line, which those quoted in comments do not.
const specifier = /(?:^(?:import|export) (?:[^"\n]* from )?|\bimport\()"([^"]+)"/gm;

/**
 * The packages that `code`, as the compiler wrote it, imports without their being among those `declared`, each once. A flat
 * `node_modules` hides such an import until somebody installs with pnpm.
 */
export function undeclaredImports(code: string, declared: readonly string[]): string[] {
  const missing = new Set<string>();
  for (const [, name] of code.matchAll(specifier)) {
    if (name === undefined || name.startsWith(".") || isBuiltin(name)) continue;
    const parts = name.split("/");
    const wanted = parts.slice(0, name.startsWith("@") ? 2 : 1).join("/");
    if (!declared.includes(wanted)) missing.add(wanted);
  }
  return [...missing];
}
