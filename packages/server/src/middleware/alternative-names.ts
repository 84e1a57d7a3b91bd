/** One name in the form in which Node writes several: no comma or quote in it, except in what is a JSON string. */
const entry = /((?:[^",]|"(?:[^"\\]|\\.)*")*)(?:, |$)/y;
/** A DNS name that Node wrote as it is: it escapes whatever is not plainly one (CVE-2021-44532). */
const plainDnsName = /^DNS:([\w.*-]+)$/;

/**
 * The DNS names among a certificate's alternative names (`altNames` of `CertificateIdentity`), in lower case. Those that Node had
 * to escape are no host's names and are passed over; of a text that is not of Node's form nothing is believed.
 */
export function dnsNamesIn(altNames: string): string[] {
  const names: string[] = [];
  let at = 0;
  while (at < altNames.length) {
    entry.lastIndex = at;
    const found = entry.exec(altNames);
    // An entry of nothing, or a separator with nothing behind it, would be a name that somebody has forged.
    if (found === null || found[1] === "" || (entry.lastIndex === altNames.length && found[0] !== found[1]))
      return [];
    const name = plainDnsName.exec(found[1] as string)?.[1];
    if (name !== undefined) names.push(name.toLowerCase());
    at = entry.lastIndex;
  }
  return names;
}
