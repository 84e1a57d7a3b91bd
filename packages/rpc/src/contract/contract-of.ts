import type { Contract } from "./contract.ts";

export function contractOf(document: unknown): Contract {
  throw new Error(`not yet: ${typeof document}`);
}
