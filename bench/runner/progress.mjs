const terminal = process.stderr.isTTY === true;
let shown = "";

/** Says what is going on, in one line that the next call overwrites; where that is no terminal, a line for each new `stage`. */
export function progress(stage, detail = "") {
  if (terminal) process.stderr.write(`\r\x1b[K${stage}${detail && `, ${detail}`}`);
  else if (stage !== shown && stage !== "") process.stderr.write(`${stage}\n`);
  shown = stage;
}
