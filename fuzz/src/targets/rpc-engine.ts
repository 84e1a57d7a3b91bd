import { ParleyError } from "@parley/core";
import { EngineTrial } from "../engine-trial.ts";

const maxSteps = 400;

/**
 * An engine that calls and serves, and a remote side that says anything. The input is lines: what begins with `!` are deeds of this
 * side, a letter each (`EngineTrial.act`), everything else is a message. After every step all that `EngineTrial` holds is looked at.
 */
export function fuzz(data: Uint8Array): void {
  const trial = new EngineTrial();
  let steps = 0;
  for (const line of Buffer.from(data).toString().split("\n")) {
    if (line.startsWith("!")) {
      for (const deed of line.slice(1)) {
        if (++steps > maxSteps) break;
        trial.act(deed);
      }
    } else if (++steps <= maxSteps) trial.hear(line);
  }
  trial.close(new ParleyError("closed", "The trial is over."));
}
