import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { codecTables } from "../codecs/tables.mjs";
import { pinned } from "../runner/cores.mjs";
import { progress } from "../runner/progress.mjs";

const program = new URL("../codecs/table-process.mjs", import.meta.url).pathname;
/** A measurement takes a twentieth of a second, so there can be more of them. */
const moreRounds = 3;

const beside = (variant, peer, than, atLeast, whyNot) => ({
  text: `decoding, ${variant}: ${peer} beside ${than}`,
  peer,
  than,
  figure: "cpuMicros",
  variant,
  atLeast,
  whyNot,
});

export default {
  name: "codecs",
  title: "Codecs, in process",
  about:
    "Decoding alone, no socket: messages out of chunks of 64 KiB, 8 MiB of them, every message looked at. Ratios to Parley's codec, by CPU: 0.2 is five times as slow.",
  variants: codecTables.map(({ name, contestants }) => ({ name, contestants })),
  figures: ["cpuMicros", "gigabytesPerSecond"],
  targets: [
    beside("lengthPrefix, 64 B", "lengthPrefix()", "it-length-prefixed, lists of pieces", 5),
    beside("lengthPrefix, 1024 B", "lengthPrefix()", "it-length-prefixed, lists of pieces", 7),
    beside(
      "textLines, 64 B",
      "textLines()",
      "split2",
      3,
      "most of it is the call that makes a string of a line's bytes (lines as bytes take a fifth); split2 makes one string of a chunk and cuts slices from it, each of which keeps its 64 KiB alive for as long as it is kept. At 1 KiB a line the ratio is above 3",
    ),
    beside(
      "jsonLines, 64 B",
      "jsonLines()",
      "ndjson",
      1.4,
      "`JSON.parse` alone takes eight tenths of it, and ndjson calls the same",
    ),
  ],
  async run(_workload, { name }, { rounds }) {
    const [command, ...args] = pinned("server", [
      process.execPath,
      program,
      name,
      String(rounds * moreRounds),
    ]);
    progress(`codecs, ${name}`);
    const { stdout } = await promisify(execFile)(command, args);
    progress("");
    const figures = JSON.parse(stdout);
    const versions = {};
    return { base: Object.keys(figures)[0], figures, leftOut: {}, versions };
  },
};
