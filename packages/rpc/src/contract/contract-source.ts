export interface ContractSourceOptions {
  /** Where `contract` is imported from. Default `@parley/rpc`. */
  readonly from?: string;
}

export function contractSource(document: unknown, options: ContractSourceOptions = {}): string {
  throw new Error(`not yet: ${typeof document}${typeof options}`);
}
