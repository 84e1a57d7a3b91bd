import type { Dial } from "@parley/transport";
import { tlsDial } from "@parley/transport";
import { readPem } from "./pem-file.ts";

/** What says whom to trust, and who one is, at a `tls://` URL. */
export interface TlsChoice {
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
}

/** What a client connects to. @throws ParleyError `bad-option`. */
export function placeOf(url: string, { tlsCa, tlsCert, tlsKey }: TlsChoice): string | Dial {
  if (!url.startsWith("tls:")) return url;
  return tlsDial(url, {
    ...(tlsCa !== undefined && { ca: readPem(tlsCa) }),
    ...(tlsCert !== undefined && { cert: readPem(tlsCert) }),
    ...(tlsKey !== undefined && { key: readPem(tlsKey) }),
  });
}
