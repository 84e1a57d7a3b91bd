import { Option } from "commander";

/** `--codec`, which takes one of `names`; the first is the default. */
export function codecOption(names: readonly string[]): Option {
  return new Option("--codec <name>", "how messages are told apart").choices(names).default(names[0]);
}
