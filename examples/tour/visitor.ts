import { connect } from "@parley/client";
import { type Connection, textLines } from "@parley/core";

/** One real TCP client of the tour, by name, who remembers what it hears. */
export class Visitor {
  readonly name: string;
  readonly heard: string[] = [];
  #connection: Connection<string> | null = null;
  #hasLeft = false;
  #looks: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Resolves once the connection is made; whether it is served is another matter. */
  async comesTo(url: string): Promise<this> {
    this.#connection = await connect(url, textLines(), {
      handler: {
        message: (line) => this.#heardMore(line),
        closed: () => this.#closed(),
      },
    });
    return this;
  }

  says(line: string): this {
    this.#connection?.send(line);
    return this;
  }

  /** Resolves with all it has heard once these are `count` lines, or no more can come. */
  hears(count: number): Promise<readonly string[]> {
    return this.#until(() => this.heard.length >= count || this.#hasLeft);
  }

  /** Resolves with all it has heard once the other side has closed the connection. */
  isShownOut(): Promise<readonly string[]> {
    return this.#until(() => this.#hasLeft);
  }

  async leaves(): Promise<void> {
    await this.#connection?.close();
  }

  #until(holds: () => boolean): Promise<readonly string[]> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (holds()) resolve([...this.heard]);
      };
      this.#looks.push(look);
      look();
    });
  }

  #heardMore(line: string): void {
    this.heard.push(line);
    for (const look of this.#looks) look();
  }

  #closed(): void {
    this.#hasLeft = true;
    for (const look of this.#looks) look();
  }
}
