import type { ByteStream, CertificateIdentity } from "../byte-stream.ts";
import { Life } from "./life.ts";
import type { ConnectionSetup } from "./setup.ts";

/** What a connection over a byte stream is known by from its beginning to its end, and where between the two it stands. */
export abstract class StreamFacts<In, Out, Data> extends Life {
  readonly setup: ConnectionSetup<In, Out, Data>;
  readonly stream: ByteStream;
  readonly #number: number;
  readonly #since: number;

  constructor(setup: ConnectionSetup<In, Out, Data>, stream: ByteStream, number: number) {
    super();
    this.setup = setup;
    this.stream = stream;
    this.#number = number;
    this.#since = setup.watchPlan.now();
  }

  get id(): string {
    return `${this.setup.idPrefix}${this.#number}`;
  }

  get localAddress(): string {
    return this.stream.localAddress;
  }

  get remoteAddress(): string {
    return this.stream.remoteAddress;
  }

  get identity(): CertificateIdentity | undefined {
    return this.stream.identity;
  }

  get protocol(): string | undefined {
    return this.stream.protocol;
  }

  /** The number of its descriptor, where it has one. */
  get descriptor(): number | undefined {
    return this.stream.descriptor;
  }

  /** For how many milliseconds it exists. */
  get ageMs(): number {
    return this.setup.watchPlan.now() - this.#since;
  }
}
