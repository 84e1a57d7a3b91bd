import type { Server } from "@parley/server";
import type { Report } from "./report.ts";

/** One stop of the tour: a service, and what its visitors try there. */
export interface Station {
  readonly title: string;
  /** The example that it shows. */
  readonly source: string;
  /** What is special about it, in a few words. */
  readonly about: string;
  readonly port: number;
  readonly server: Pick<Server<never>, "listen" | "close">;
  /** Sends visitors to `url`, where the server listens. */
  visit(url: string, report: Report): Promise<void>;
}
