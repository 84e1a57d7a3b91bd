import { openStation } from "./open-station.ts";
import type { Report } from "./report.ts";
import type { Station } from "./station.ts";

/** What is still open after a tour. */
export interface OpenStation {
  readonly station: Station;
  readonly url: string;
}

/** Opens all stations, visits one after the other, and leaves them open; the report knows how it went. */
export async function runTour(stations: readonly Station[], report: Report): Promise<OpenStation[]> {
  report.heading("Parley, a tour: small TCP services on this machine, and real clients that talk to them");
  const open: OpenStation[] = [];
  for (const station of stations) open.push({ station, url: await openStation(station, report) });
  for (const { station, url } of open) report.row(station.title, url, station.about);
  for (const [index, { station, url }] of open.entries()) {
    report.heading(`${index + 1}. ${station.title}`, station.source);
    await station.visit(url, report).catch((error: unknown) => report.brokenOff(error));
  }
  report.line();
  if (report.allHeld) report.line(`All ${report.steps} steps held.`);
  else report.warn(`${report.steps - report.held} of ${report.steps} steps did not hold; see ✗ above.`);
  return open;
}
