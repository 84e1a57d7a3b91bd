import { ParleyError } from "@parley/core";
import type {
  CompiledContract,
  CompiledMethod,
  ServedMethod,
  ServedNotification,
  Service,
  ValueCheck,
} from "@parley/rpc";

/** What a client lets its server call: all that was added so far, on the connection there is as on all later ones. */
export class OfferedService implements Service {
  readonly methods: Map<string, ServedMethod> = new Map();
  readonly notifications: Map<string, ServedNotification> = new Map();
  readonly #services: Service[] = [];

  get contract(): CompiledContract {
    const methods = new Map<string, CompiledMethod>();
    const notifications = new Map<string, ValueCheck>();
    for (const { contract } of this.#services) {
      for (const [name, method] of contract.methods) methods.set(name, method);
      for (const [name, check] of contract.notifications) notifications.set(name, check);
    }
    return { name: this.#services[0]?.contract.name ?? "client", methods, events: new Map(), notifications };
  }

  /** That of the first, with the methods of all. */
  get document(): unknown {
    const documents = this.#services.map(
      ({ document }) => document as { readonly methods: readonly unknown[] },
    );
    return documents.length === 0
      ? null
      : { ...documents[0], methods: documents.flatMap(({ methods }) => methods) };
  }

  /** Offers what `service` serves besides. @throws ParleyError `bad-option` for a name that is offered already. */
  add(service: Service): void {
    for (const name of service.methods.keys())
      if (this.methods.has(name)) throw offeredAlready("method", name);
    for (const name of service.notifications.keys())
      if (this.notifications.has(name)) throw offeredAlready("notification", name);
    this.#services.push(service);
    for (const [name, method] of service.methods) this.methods.set(name, method);
    for (const [name, notification] of service.notifications) this.notifications.set(name, notification);
  }
}

function offeredAlready(kind: string, name: string): ParleyError {
  return new ParleyError(
    "bad-option",
    `The ${kind} ${name} is implemented already; implement each name once.`,
  );
}
