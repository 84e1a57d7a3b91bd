import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";

/** What the figures were measured on. */
export function machine() {
  const [{ model }] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return `${model.trim()}, ${cpus().length} cores, ${gibibytes} GiB, ${type()} ${release()}, loopback`;
}

/** The version of the packages that are measured. */
export const parleyVersion = () =>
  JSON.parse(readFileSync(new URL("../../packages/core/package.json", import.meta.url), "utf8")).version;
