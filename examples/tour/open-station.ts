import { ParleyError } from "@parley/core";
import type { Report } from "./report.ts";
import type { Station } from "./station.ts";

/** Has the station's server listen at its own port, or at a free one if that is taken; resolves with the URL. */
export async function openStation({ server, port, title }: Station, report: Report): Promise<string> {
  try {
    const [url] = await server.listen(`tcp://127.0.0.1:${port}`);
    return url as string;
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== "address-in-use") throw error;
    const [url] = await server.listen("tcp://127.0.0.1:0");
    report.warn(`Port ${port} is taken by another program, so "${title}" listens at ${url} instead.`);
    return url as string;
  }
}
