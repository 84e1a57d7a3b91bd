import type { Contract } from "./contract.ts";

export function openRpcDocument(contract: Contract): object {
  throw new Error(`not yet: ${contract.name}`);
}
