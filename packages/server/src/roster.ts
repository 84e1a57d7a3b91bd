/** Who can stand in a {@link Roster}, in one at a time. Both are the roster's own; null where it stands in none. */
export interface Enrolled {
  before: Enrolled | null;
  behind: Enrolled | null;
}

/**
 * Those that are there, in the order of their coming: a ring of links in its members. Of a set, each table that reaches V8's old space keeps
 * alive, until that is collected, the tables behind it and all that stood in them: of connections that come and go nearly all would outlive
 * two scavenges (bench connect-rate).
 */
export class Roster<T extends Enrolled> implements Iterable<T>, Enrolled {
  before: Enrolled = this;
  behind: Enrolled = this;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(newcomer: T): void {
    const { before } = this;
    newcomer.before = before;
    newcomer.behind = this;
    before.behind = newcomer;
    this.before = newcomer;
    this.#size += 1;
  }

  /** Whether it stood there. */
  delete(leaver: T): boolean {
    const { before, behind } = leaver;
    if (before === null || behind === null) return false;
    before.behind = behind;
    behind.before = before;
    leaver.before = null;
    leaver.behind = null;
    this.#size -= 1;
    return true;
  }

  /** Not to be changed meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (let next = this.behind; next !== this; next = next.behind as Enrolled) yield next as T;
  }
}
