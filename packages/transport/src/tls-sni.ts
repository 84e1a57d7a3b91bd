import type { SecureContext } from "node:tls";
import { secureContext, type TlsCertificates, type TlsListenerOptions } from "./tls-options.ts";

type Sni = NonNullable<TlsListenerOptions["sni"]>;
type SniAnswer = (error: Error | null, context?: SecureContext) => void;

/**
 * The user's `sni` in the form of node:tls. What it throws must reach Node as an error: older ones let it through
 * (CVE-2026-21637).
 */
export function sniCallback(sni: Sni, own: () => TlsCertificates): (name: string, answer: SniAnswer) => void {
  const made = new WeakMap<
    TlsCertificates,
    { readonly ca: TlsCertificates["ca"]; readonly context: SecureContext }
  >();
  return (name, answer) => {
    find(name).then(
      (context) => answer(null, context),
      (error: unknown) => answer(error instanceof Error ? error : new Error("The SNI callback failed.")),
    );
  };
  async function find(name: string): Promise<SecureContext | undefined> {
    const found = await sni(name);
    if (found === undefined) return undefined;
    // Without a ca of its own it would trust every public one.
    const ca = found.ca ?? own().ca;
    const known = made.get(found);
    if (known !== undefined && known.ca === ca) return known.context;
    const context = secureContext({ ...found, ca });
    made.set(found, { ca, context });
    return context;
  }
}
