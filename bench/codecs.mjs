// What decoding costs, without a socket: frames/s and GB/s out of 64 KiB chunks, each table one interleaved run in a process of
// its own. `node codecs.mjs [ROUNDS] [TABLE]`, after `tsc -b`; a TABLE runs in this process, for a profiler's sake.
import { spawnSync } from "node:child_process";
import { frameFamilyTables } from "./codecs/frame-family.mjs";
import { jsonLinesTables } from "./codecs/json-lines.mjs";
import { lengthPrefixTables } from "./codecs/length-prefix.mjs";
import { compareDecoders } from "./codecs/rounds.mjs";
import { textLinesTables } from "./codecs/text-lines.mjs";

const [rounds = "15", only] = process.argv.slice(2);
const tables = [...lengthPrefixTables, ...textLinesTables, ...jsonLinesTables, ...frameFamilyTables];

if (only === undefined) {
  for (const { name } of tables) {
    const { status } = spawnSync(process.execPath, [import.meta.filename, rounds, name], {
      stdio: "inherit",
    });
    if (status !== 0) process.exit(status ?? 1);
  }
} else {
  const table = tables.find(({ name }) => name === only);
  if (table === undefined) throw new Error(`TABLE is one of: ${tables.map(({ name }) => name).join("; ")}`);
  await compareDecoders(table, Number(rounds));
}
