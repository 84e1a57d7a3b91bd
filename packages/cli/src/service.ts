import {
  type AnyHandler,
  bytes,
  type Codec,
  type ConnectionOptions,
  codec,
  raw,
  textLines,
} from "@parley/core";
import { broadcast, chargen, daytime, discard, echo, proxy, time } from "@parley/server";
import { byteCodec, type CodecName } from "./codec-option.ts";

/** What `parley serve` makes of its options for one service. */
export interface Served {
  // biome-ignore lint/suspicious/noExplicitAny: each service has messages of its own.
  readonly codec: Codec<any, any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly handler: AnyHandler<any, any, any>;
  /** Limits that the service needs other than by default. */
  readonly limits?: ConnectionOptions;
}

/** Of the options, those that a service is made of. */
export interface ServiceChoice {
  readonly codec: CodecName;
  /** Where a proxy connects to. */
  readonly to: string;
}

/** One of the services that `parley serve` knows. */
export interface Service {
  readonly name: string;
  readonly description: string;
  /** Which options of its own it has. */
  readonly options: readonly ("codec" | "to")[];
  make(choice: ServiceChoice): Served;
}

const rawBytes = (): Codec<Uint8Array> => codec(raw(), bytes({ borrow: true }));

export const services: readonly Service[] = [
  {
    name: "echo",
    description: "send every message back to whoever sent it (RFC 862)",
    options: ["codec"],
    make: (choice) => ({ codec: byteCodec(choice.codec, { borrow: true }), handler: echo() }),
  },
  {
    name: "discard",
    description: "read everything and answer nothing (RFC 863)",
    options: [],
    make: () => ({ codec: rawBytes(), handler: discard() }),
  },
  {
    name: "chargen",
    description: "send lines of characters as fast as they are read (RFC 864)",
    options: [],
    make: () => ({ codec: textLines({ send: "crlf" }), handler: chargen() }),
  },
  {
    name: "time",
    description: "tell the seconds since 1900 as 4 bytes, and close (RFC 868)",
    options: [],
    make: () => ({ codec: rawBytes(), handler: time() }),
  },
  {
    name: "daytime",
    description: "tell date and time for people, and close (RFC 867)",
    options: [],
    make: () => ({ codec: textLines({ send: "crlf" }), handler: daytime() }),
  },
  {
    name: "broadcast",
    description: "send every message to all others that are connected; nobody is closed for being idle",
    options: ["codec"],
    make(choice) {
      const spoken = byteCodec(choice.codec, { borrow: false });
      return {
        codec: spoken,
        handler: broadcast(spoken),
        limits: { idleTimeoutMs: Number.POSITIVE_INFINITY },
      };
    },
  },
  {
    name: "proxy",
    description: "carry everything over to another address and back",
    options: ["to"],
    make: ({ to }) => ({
      codec: codec(raw(), bytes()),
      handler: proxy(to),
      limits: { holdBackWhenFull: false },
    }),
  },
];
