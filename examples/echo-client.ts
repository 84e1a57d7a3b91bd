/**
 * The other end of the classic tutorial: connect, send, receive, close. An echo service answers the nth line with its nth
 * line, so `ordered` can tell which reply belongs to which request, even if all are sent before the first reply comes.
 *
 *     npx -y pnpm@12 --filter examples run echo-client [URL] [LINE…]
 */
import { connect, ordered } from "@parley/client";
import { textLines } from "@parley/core";
import { isEntryPoint } from "./entry-point.ts";

/** Asks all `lines` at once; resolves with the replies. */
export async function askEcho(url: string, lines: readonly string[]): Promise<string[]> {
  await using channel = ordered(await connect(url, textLines()));
  return await Promise.all(lines.map((line) => channel.request(line, { timeoutMs: 5_000 })));
}

if (isEntryPoint(import.meta.url)) {
  const [url = "tcp://127.0.0.1:6666", ...lines] = process.argv.slice(2);
  const questions = lines.length > 0 ? lines : ["hello", "你好", "مرحبا"];
  try {
    const replies = await askEcho(url, questions);
    for (const [index, reply] of replies.entries()) console.log(`${questions[index]} -> ${reply}`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
