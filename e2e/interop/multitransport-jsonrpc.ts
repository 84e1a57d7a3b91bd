import { createRequire } from "node:module";
import { onTestFinished } from "vitest";

type Answered = (error: unknown, result?: unknown) => void;

interface Transport {
  shutdown(done?: () => void): void;
}

interface MultitransportClient {
  /** `params` are sent as they are. The id is a fraction. */
  request(method: string, params: unknown, answered: Answered): void;
  shutdown(done?: () => void): void;
}

/** What the tests use of multitransport-jsonrpc, which has no types. */
interface Multitransport {
  readonly client: new (
    transport: Transport,
    options: { readonly autoRegister?: boolean; readonly idGenerator?: () => unknown },
    done?: (client: MultitransportClient) => void,
  ) => MultitransportClient;
  readonly transports: {
    readonly client: {
      readonly tcp: new (where: { readonly port: number; readonly host: string }) => Transport;
    };
  };
}

export const multitransport = createRequire(import.meta.url)("multitransport-jsonrpc") as Multitransport;

/** Connects multitransport-jsonrpc to a server, which it asks for its methods first; it is shut down after the test. */
export function connectMultitransport(
  port: number,
  idGenerator?: () => unknown,
): Promise<MultitransportClient> {
  const transport = new multitransport.transports.client.tcp({ port, host: "127.0.0.1" });
  onTestFinished(() => transport.shutdown());
  return new Promise((resolve) => {
    new multitransport.client(transport, idGenerator === undefined ? {} : { idGenerator }, resolve);
  });
}

/** Calls, and resolves with the result; rejects with an Error that has the code and the data. */
export function callMultitransport(
  client: MultitransportClient,
  method: string,
  params: unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.request(method, params, (error, result) => (error ? reject(error) : resolve(result)));
  });
}
