import { InvalidArgumentError } from "commander";

/** Reads an argument that is a whole number of at least `min`. */
export function wholeNumber(min: number): (argument: string) => number {
  return (argument) => {
    const value = Number(argument);
    if (/^\d+$/.test(argument) && Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`Give a whole number of at least ${min}.`);
  };
}
