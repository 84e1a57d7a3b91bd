/**
 * What a middleware keeps of each connection, made when it is first asked for. The messages of a chunk come from one connection, so
 * that of the last one is at hand without a look-up a message (`echo-pipelined`, guarded).
 */
export class PerConnection<Kept, Subject extends object = object> {
  readonly #make: (connection: Subject) => Kept;
  readonly #kept = new WeakMap<object, Kept>();
  #last: object | null = null;
  #ofLast: Kept | undefined = undefined;

  constructor(make: (connection: Subject) => Kept) {
    this.#make = make;
  }

  of(connection: Subject): Kept {
    return connection === this.#last ? (this.#ofLast as Kept) : this.#lookUp(connection);
  }

  /** What is kept of it, if anything; nothing is any more. */
  end(connection: object): Kept | undefined {
    const kept = this.#kept.get(connection);
    this.#kept.delete(connection);
    if (connection === this.#last) {
      this.#last = null;
      this.#ofLast = undefined;
    }
    return kept;
  }

  #lookUp(connection: Subject): Kept {
    let kept = this.#kept.get(connection);
    if (kept === undefined) {
      kept = this.#make(connection);
      this.#kept.set(connection, kept);
    }
    this.#last = connection;
    this.#ofLast = kept;
    return kept;
  }
}
