/**
 * A chat room: everybody hears everybody else. The first line somebody sends is their name.
 *
 *     npx -y pnpm@12 --filter examples run chat-lines        then, in other terminals:  nc 127.0.0.1 6668
 */
import { type Connection, encode, mayWrite, textLines } from "@parley/core";
import { createServer, type Server } from "@parley/server";
import { isEntryPoint, serveUntilInterrupted } from "./entry-point.ts";

type Member = Connection<string, string, string | undefined>;

export function chatServer(): Server<string, string, string | undefined> {
  const codec = textLines({ maxFrameBytes: 1_000 });
  const members = new Set<Member>();

  /** Encodes once and sends the same bytes to all; who does not read fills only its own buffer. */
  function tell(line: string, from: Member): void {
    const encoded = encode(codec, line);
    for (const member of members) if (member !== from && mayWrite(member.state)) member.sendEncoded(encoded);
  }

  return createServer<string, string, string | undefined>({
    codec,
    maxBufferedBytes: 256 * 1024, // who is further behind than this is closed as a slow consumer
    handler: {
      open(member) {
        member.send("Welcome. What is your name?");
      },
      message(line, member) {
        const said = line.replace(/\p{Cc}/gu, ""); // nobody steers the others' terminals
        if (member.data !== undefined) return tell(`${member.data}: ${said}`, member);
        member.data = said.slice(0, 20) || "somebody";
        members.add(member);
        member.send(`Hello ${member.data}. Here are: ${[...members].map(({ data }) => data).join(", ")}`);
        tell(`* ${member.data} has come`, member);
      },
      closed(member) {
        if (members.delete(member)) tell(`* ${member.data} has left`, member);
      },
    },
  });
}

if (isEntryPoint(import.meta.url)) await serveUntilInterrupted(chatServer(), "tcp://127.0.0.1:6668");
