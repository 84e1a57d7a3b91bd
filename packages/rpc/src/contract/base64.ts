const groups = /^(?:[A-Za-z0-9+/]{4})*$/;
const lastGroup = /^(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/;

/** Whether it is base64 as RFC 4648, section 4, has it: padded, and nothing else in between. */
export function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  if (!text.endsWith("=")) return groups.test(text);
  return lastGroup.test(text.slice(-4)) && groups.test(text.slice(0, -4));
}

/** The bytes in base64. */
export function toBase64(bytes: Uint8Array): string {
  if (typeof Buffer === "function") {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  }
  const chunk = 0x2000;
  let binary = "";
  for (let at = 0; at < bytes.length; at += chunk) {
    binary += String.fromCharCode(...bytes.subarray(at, at + chunk));
  }
  return btoa(binary);
}

/** The bytes that {@link isBase64} text stands for, as a plain Uint8Array that shares its memory with nobody. */
export function fromBase64(text: string): Uint8Array {
  if (typeof Buffer === "function") return new Uint8Array(Buffer.from(text, "base64"));
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
