import assert from "node:assert/strict";
import { type CloseReason, type ConnectionState, StreamConnection } from "../src/index.ts";
import type { ModelConnection } from "./model-connection.ts";

/** As docs/connection.md draws it. */
const mayFollow: Readonly<Record<ConnectionState, string>> = {
  opening: "waiting open closing closed",
  waiting: "open closing closed",
  open: "remote-ended local-ended draining closing closed",
  "remote-ended": "closing closed",
  "local-ended": "closing closed",
  draining: "remote-ended closing closed",
  closing: "closed",
  closed: "",
};

/** Says at the moment itself where the connection goes, and why. */
export class ObservedConnection extends StreamConnection<string> {
  watcher: ModelConnection | null = null;

  protected override enter(next: ConnectionState): void {
    assert.ok(mayFollow[this.state].split(" ").includes(next), `from ${this.state} to ${next}`);
    super.enter(next);
  }

  override ask(): void {
    this.watcher?.asks();
    super.ask();
  }

  protected override enterClosing(reason: CloseReason): void {
    this.watcher?.reasons.give(reason);
    super.enterClosing(reason);
  }

  protected override enterClosed(reason: CloseReason): void {
    this.watcher?.reasons.give(reason);
    super.enterClosed(reason);
  }
}
