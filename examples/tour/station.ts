import type { DrainReport } from "@parley/server";
import type { Report } from "./report.ts";

/** One stop of the tour: a service, and what its visitors try there. */
export interface Station {
  readonly title: string;
  /** The example that it shows. */
  readonly source: string;
  /** What is special about it, in a few words. */
  readonly about: string;
  readonly port: number;
  readonly server: {
    listen(url: string): Promise<string[]>;
    close(): Promise<DrainReport>;
  };
  /** The command with which one joins from another terminal. */
  join(url: string): string;
  /** Sends visitors to `url`, where the server listens. */
  visit(url: string, report: Report): Promise<void>;
}
