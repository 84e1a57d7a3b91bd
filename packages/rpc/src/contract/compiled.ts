import type { CompiledContract } from "./compiled-contract.ts";
import type { Contract } from "./contract.ts";

/** The contract ready to be used; the same for the same contract. */
export function compiled(contract: Contract): CompiledContract {
  throw new Error(`not yet: ${contract.name}`);
}
