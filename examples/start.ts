/**
 * The tour of Parley: boots a few services, lets real clients talk to them, says what each saw, and stays up for you to join.
 *
 *     npx -y pnpm@12 --filter examples start            until Ctrl-C
 *     npx -y pnpm@12 --filter examples start --once     ends after the tour; exit 0 only if every step held
 */
import picocolors from "picocolors";
import { interrupted } from "./entry-point.ts";
import { allAtOnce } from "./tour/all-at-once.ts";
import { calculator } from "./tour/calculator.ts";
import { chat } from "./tour/chat.ts";
import { oneAtATime } from "./tour/one-at-a-time.ts";
import { Report } from "./tour/report.ts";
import { type OpenStation, runTour } from "./tour/run-tour.ts";

const once = process.argv.includes("--once");
const unknown = process.argv.slice(2).filter((argument) => argument !== "--once");
if (unknown.length > 0) {
  console.error(
    `The tour does not know ${unknown.join(" ")}; it takes --once, to end by itself, or nothing.`,
  );
  process.exit(2);
}
const isColoured = process.stdout.isTTY === true && !process.env["NO_COLOR"];
const report = new Report((text) => process.stdout.write(text), picocolors.createColors(isColoured));
const interruption = interrupted();
process.stdout.on("error", () => {}); // who reads the tour through `head` may leave early

const open = await runTour([oneAtATime(), allAtOnce(), chat(), calculator()], report);
if (!once) {
  inviteTo(open);
  await interruption;
}
await Promise.all(open.map(({ station }) => station.server.close()));
if (!once) report.line("All connections are drained. Goodbye.");
process.exitCode = report.allHeld ? 0 : 1;

function inviteTo(open: readonly OpenStation[]): void {
  report.heading("Join them from other terminals");
  for (const { station, url } of open) report.row(station.title, station.join(url));
  report.line();
  report.line("Type lines and press Enter. Ctrl-C there leaves; Ctrl-C here ends the tour.");
}
