import { type CertificateIdentity, type Connection, ParleyError } from "@parley/core";
import { dnsNamesIn } from "./alternative-names.ts";

/** Decides over who has proved to be `identity`. What it throws is the handler's failure. */
export type VerifyCertificate<In, Out = In, Data = unknown> = (
  identity: CertificateIdentity,
  connection: Connection<In, Out, Data>,
) => boolean | PromiseLike<boolean>;

/** Whose certificates are accepted; where both lists are given, a certificate must be in both. */
export interface AuthenticateCertificateOptions {
  /** SHA-256 fingerprints of certificates, `AB:CD:…`, in upper or lower case. Default any. */
  readonly fingerprints?: readonly string[] | undefined;
  /**
   * DNS names, of which the certificate must have one among its alternative names: the whole name, in upper or lower case. No
   * patterns, on either side: a certificate for `*.example` has that name and no other. The subject is not looked at. Default any.
   */
  readonly names?: readonly string[] | undefined;
}

const fingerprintForm = /^[0-9A-F]{2}(?::[0-9A-F]{2}){31}$/;
const fingerprintExample = '"AB:CD:…", the 32 bytes of a SHA-256';
const nameForm = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
const nameExample = '"client.example", the whole name and no pattern';

/** What `authenticateCertificate` was given, checked. */
export interface CertificateSetup<In, Out, Data> {
  readonly verify: VerifyCertificate<In, Out, Data> | undefined;
  readonly isListed: (identity: CertificateIdentity) => boolean;
}

/** Sorts out and checks what was given: `verify`, options, or both. @throws ParleyError `bad-option`. */
export function certificateSetup<In, Out, Data>(
  first: VerifyCertificate<In, Out, Data> | AuthenticateCertificateOptions | undefined,
  second: AuthenticateCertificateOptions | undefined,
): CertificateSetup<In, Out, Data> {
  const verify = typeof first === "function" ? first : undefined;
  if (verify === undefined && first !== undefined && (second !== undefined || !isObject(first))) {
    throw new ParleyError(
      "bad-option",
      "authenticateCertificate() takes a function, options, or a function and options behind it.",
    );
  }
  return { verify, isListed: listCheck(second ?? (verify === undefined ? (first as object) : undefined)) };
}

function listCheck(
  options: AuthenticateCertificateOptions | undefined,
): (identity: CertificateIdentity) => boolean {
  if (options === undefined) return () => true;
  const { fingerprints, names } = options;
  // A list that is missing by mistake must not let everybody in.
  if (fingerprints === undefined && names === undefined) {
    throw new ParleyError(
      "bad-option",
      "authenticateCertificate() has options with neither fingerprints nor names; give one of them, or no options to accept any certificate that is trusted.",
    );
  }
  const known =
    fingerprints && checkedSet("fingerprints", fingerprints, upperCase, fingerprintForm, fingerprintExample);
  const called = names && checkedSet("names", names, lowerCase, nameForm, nameExample);
  return ({ fingerprint256, altNames }) =>
    (known === undefined || known.has(upperCase(fingerprint256))) &&
    (called === undefined || dnsNamesIn(altNames).some((name) => called.has(name)));
}

function checkedSet(
  option: string,
  given: readonly string[],
  normal: (value: string) => string,
  form: RegExp,
  example: string,
): Set<string> {
  if (!Array.isArray(given)) throw wrong(option, given, example);
  return new Set(
    given.map((value) => {
      if (typeof value !== "string" || !form.test(normal(value))) throw wrong(option, value, example);
      return normal(value);
    }),
  );
}

function upperCase(value: string): string {
  return value.toUpperCase();
}

function lowerCase(value: string): string {
  return value.toLowerCase();
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function wrong(option: string, value: unknown, example: string): ParleyError {
  return new ParleyError(
    "bad-option",
    `${option} has ${JSON.stringify(value)}; give a list of texts like ${example}.`,
  );
}
