import { timingSafeEqual } from "node:crypto";
import { textLines } from "@parley/core";
import { authenticate, createServer, echo, pipe } from "@parley/server";
import { expect, it, vi } from "vitest";
import { besideAProbe, echoedClient } from "./beside-a-probe.ts";
import { said } from "./raw-client.ts";

vi.mock("node:crypto", { spy: true });

it("each token is compared with all that is sent, whole, in constant time, whatever is wrong with it", async () => {
  const tokens = ["correct-horse-battery-staple", "another of another length"];
  const [token] = tokens as [string];
  const server = createServer<string>({
    codec: textLines(),
    handler: pipe(echo<string>(), authenticate<string>({ token: tokens, welcome: token, rejection: "no" })),
  });
  await besideAProbe(
    server,
    async (url) => {
      const good = await echoedClient(url, textLines(), token);
      await good.request();
      return { ...good, request: async () => {}, connect: async () => {} };
    },
    async (url) => {
      for (const sent of [
        "",
        "c",
        `x${token.slice(1)}`,
        `${token.slice(0, -1)}x`,
        `${token}${token}`,
        token,
      ]) {
        vi.mocked(timingSafeEqual).mockClear();
        expect((await said(url, `${sent}\n`)).text).toBe(`${sent === token ? token : "no"}\n`);
        const compared = vi
          .mocked(timingSafeEqual)
          .mock.calls.map((pair) => pair.map(({ byteLength }) => byteLength));
        expect(compared, sent).toEqual(tokens.map(() => [32, 32]));
      }
    },
  );
});
