/** A number for each of the instances that were used last; of those used longest ago it is lost when there are too many. */
export class RecentInstances {
  readonly #max: number;
  /** In the order of use. */
  readonly #highest = new Map<string, number>();

  /** @param max how many instances; Infinity for all. */
  constructor(max: number) {
    this.#max = max;
  }

  /** The highest number that the instance was raised to; -1 without one. */
  highest(instance: string): number {
    const number = this.#highest.get(instance);
    if (number === undefined) return -1;
    this.#use(instance, number);
    return number;
  }

  /** Raises an instance's number, unless it is as high already. */
  raise(instance: string, number: number): void {
    this.#use(instance, Math.max(number, this.#highest.get(instance) ?? -1));
    if (this.#highest.size <= this.#max) return;
    for (const longestUnused of this.#highest.keys()) {
      this.#highest.delete(longestUnused);
      return;
    }
  }

  #use(instance: string, number: number): void {
    this.#highest.delete(instance);
    this.#highest.set(instance, number);
  }
}
