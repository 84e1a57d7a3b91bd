import { isDeepStrictEqual } from "node:util";
import type { createColors } from "picocolors";

/** Who saw what, line by line. */
export type Sightings = Readonly<Record<string, readonly string[]>>;

/** A step did not hold; the report has said so already. */
export class StepFailed extends Error {}

const stepDeadlineMs = 10_000;

/** Tells the tour, step by step, and checks each. */
export class Report {
  steps = 0;
  held = 0;
  readonly #write: (text: string) => void;
  readonly #colors: ReturnType<typeof createColors>;
  readonly #deadlineMs: number;

  constructor(
    write: (text: string) => void,
    colors: ReturnType<typeof createColors>,
    deadlineMs: number = stepDeadlineMs,
  ) {
    this.#write = write;
    this.#colors = colors;
    this.#deadlineMs = deadlineMs;
  }

  get allHeld(): boolean {
    return this.steps > 0 && this.held === this.steps;
  }

  heading(title: string, source = ""): void {
    const { bold, dim } = this.#colors;
    this.#write(`\n${bold(title)}${source === "" ? "" : dim(`  ${source}`)}\n`);
  }

  line(text = ""): void {
    this.#write(text === "" ? "\n" : `  ${text}\n`);
  }

  warn(text: string): void {
    this.line(this.#colors.yellow(`! ${text}`));
  }

  /** One line of a table: a name, what it stands for, and a remark. */
  row(name: string, value: string, remark = ""): void {
    const { cyan, dim } = this.#colors;
    this.line(`${name.padEnd(18)} ${cyan(value)}${remark === "" ? "" : `  ${dim(remark)}`}`);
  }

  /** Waits for `coming`; holds if it is what was `expected`, and in time. @throws StepFailed */
  async step(what: string, expected: Sightings, coming: Promise<Sightings>): Promise<void> {
    const { green, red } = this.#colors;
    this.steps += 1;
    const came = await this.#inTime(coming);
    if (isDeepStrictEqual(came, expected)) {
      this.held += 1;
      this.line(`${green("✓")} ${what}`);
      return this.#sightings(expected);
    }
    this.line(`${red("✗")} ${what}`);
    this.line(red("  expected"));
    this.#sightings(expected);
    this.line(red("  came"));
    if (typeof came === "string") this.line(`    ${came}`);
    else this.#sightings(came);
    throw new StepFailed(what);
  }

  /** A visit ended by an error: a step that did not hold has been told of, anything else counts as one. */
  brokenOff(error: unknown): void {
    if (error instanceof StepFailed) return;
    this.steps += 1;
    this.line(this.#colors.red(`✗ ${String(error)}`));
  }

  #sightings(sightings: Sightings): void {
    const { bold, dim } = this.#colors;
    for (const [who, lines] of Object.entries(sightings)) {
      const said = lines.length === 0 ? dim("nothing") : lines.join(dim(" / "));
      this.line(`    ${bold(who.padEnd(6))} ${dim("│")} ${said}`);
    }
  }

  /** What came; or, as a text, why nothing did. */
  async #inTime(coming: Promise<Sightings>): Promise<Sightings | string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`nothing within ${this.#deadlineMs} ms`), this.#deadlineMs);
    });
    const came = coming.catch((error: unknown) => String(error));
    const first = await Promise.race([came, late]);
    clearTimeout(timer);
    return first;
  }
}
