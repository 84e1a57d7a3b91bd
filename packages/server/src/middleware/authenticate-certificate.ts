import type { CertificateIdentity, CloseReason, Connection, Handler } from "@parley/core";
import {
  type AuthenticateCertificateOptions,
  certificateSetup,
  type VerifyCertificate,
} from "./authenticate-certificate-options.ts";
import type { Middleware } from "./middleware.ts";
import { isLeaving, turnAway } from "./turn-away.ts";
import { wrap } from "./wrap.ts";

/**
 * Serves only who has proved by a certificate to be somebody, and closes all others as `unauthorized` before the handler hears of
 * them. `verify`, if there is one, decides over those that are in the lists; a promise holds back the messages until it settles.
 * Without either any certificate is accepted that the listener trusts.
 *
 *     await server.listen(tlsListener("tls://127.0.0.1:6666", { cert, key, ca, requestCert: true }));
 *
 *     pipe(echo(), authenticateCertificate({ names: ["client.example"] }))
 *     pipe(echo(), authenticateCertificate(({ fingerprint256 }) => database.knows(fingerprint256)))
 *
 * The listener has to ask for certificates (`requestCert`): where it does not, or for a client without one that it trusts, nobody is
 * served.
 * @throws ParleyError `bad-option`.
 */
export function authenticateCertificate<In, Out = In, Data = unknown>(
  options: AuthenticateCertificateOptions,
): Middleware<In, Out, Data>;
export function authenticateCertificate<In, Out = In, Data = unknown>(
  verify?: VerifyCertificate<In, Out, Data>,
  options?: AuthenticateCertificateOptions,
): Middleware<In, Out, Data>;
export function authenticateCertificate<In, Out = In, Data = unknown>(
  first?: VerifyCertificate<In, Out, Data> | AuthenticateCertificateOptions,
  second?: AuthenticateCertificateOptions,
): Middleware<In, Out, Data> {
  const { verify, isListed } = certificateSetup(first, second);
  return (next) => {
    const gate = new CertificateGate(verify, isListed, next);
    const { ended } = next;
    return wrap(next, {
      message: (message, connection) => gate.message(message, connection),
      open: (connection) => gate.open(connection),
      ...(ended === undefined
        ? {}
        : {
            ended(connection) {
              if (gate.letsThrough(connection, "ended")) ended.call(next, connection);
            },
          }),
      drain(connection) {
        if (gate.letsThrough(connection, "drained")) next.drain?.(connection);
      },
      closing(connection, reason) {
        if (gate.hasAccepted(connection)) next.closing?.(connection, reason);
      },
      closed(connection, reason) {
        if (gate.hasAccepted(connection)) next.closed?.(connection, reason);
      },
    });
  };
}

/** What happened to a connection while `verify` was asked, to be told to the handler behind its `open`. */
interface Asked {
  drained: boolean;
  ended: boolean;
}

const unauthorized: CloseReason = Object.freeze({ by: "local", kind: "unauthorized", tries: 1 });

/** Keeps apart who is accepted and everybody else. */
class CertificateGate<In, Out, Data> {
  readonly #verify: VerifyCertificate<In, Out, Data> | undefined;
  readonly #isListed: (identity: CertificateIdentity) => boolean;
  readonly #next: Handler<In, Out, Data>;
  readonly #accepted = new WeakSet<object>();
  readonly #asked = new WeakMap<object, Asked>();

  constructor(
    verify: VerifyCertificate<In, Out, Data> | undefined,
    isListed: (identity: CertificateIdentity) => boolean,
    next: Handler<In, Out, Data>,
  ) {
    this.#verify = verify;
    this.#isListed = isListed;
    this.#next = next;
  }

  hasAccepted(connection: Connection<In, Out, Data>): boolean {
    return this.#accepted.has(connection);
  }

  /** Whether to tell the handler at once; if `verify` has yet to decide, it is told then. */
  letsThrough(connection: Connection<In, Out, Data>, what: keyof Asked): boolean {
    const asked = this.#asked.get(connection);
    if (asked !== undefined) asked[what] = true;
    return this.hasAccepted(connection);
  }

  open(connection: Connection<In, Out, Data>): void | PromiseLike<void> {
    const { identity } = connection;
    if (identity === undefined || !this.#isListed(identity)) return turnAway(connection, unauthorized);
    const verdict = this.#verify === undefined ? true : this.#verify(identity, connection);
    if (typeof verdict === "boolean") return this.#decide(verdict, connection);
    this.#asked.set(connection, { drained: false, ended: false });
    return Promise.resolve(verdict).then((accepted) => this.#decide(accepted, connection));
  }

  /** None comes before `open` is through; were a middleware outside to let one through, it would end here. */
  message(message: In, connection: Connection<In, Out, Data>): void | PromiseLike<void> {
    if (this.hasAccepted(connection)) return this.#next.message(message, connection);
  }

  #decide(accepted: boolean, connection: Connection<In, Out, Data>): void | PromiseLike<void> {
    const asked = this.#asked.get(connection);
    this.#asked.delete(connection);
    if (isLeaving(connection)) return;
    // Nothing but true lets anybody in, whatever a verify without types returns.
    if (accepted !== true) return turnAway(connection, unauthorized);
    this.#accepted.add(connection);
    const opened = this.#next.open?.(connection);
    if (asked?.drained === true && !isLeaving(connection)) this.#next.drain?.(connection);
    if (asked?.ended === true && !isLeaving(connection)) this.#next.ended?.(connection);
    return opened;
  }
}
