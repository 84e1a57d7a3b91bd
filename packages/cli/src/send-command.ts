import { connect } from "@parley/client";
import { ClosedError, isOrderly, ParleyError } from "@parley/core";
import type { Command } from "commander";
import { addressArgument } from "./address-argument.ts";
import { type ByteCodecName, byteCodec, byteCodecNames } from "./byte-codecs.ts";
import { codecOption } from "./codec-option.ts";
import { Input } from "./input.ts";
import { Output } from "./output.ts";
import { readableStdin } from "./stdin.ts";

/** Adds `parley send`. */
export function addSend(program: Command): void {
  program
    .command("send")
    .description("send stdin's lines as messages and print what comes back, until both ends are done")
    .argument("<url>", "where to: tcp://HOST:PORT or unix:///PATH", addressArgument)
    .addOption(codecOption(byteCodecNames))
    .addHelpText(
      "after",
      `
Each message that comes back is printed with a newline behind it; with --codec raw, bytes go and come as they are.

  $ printf 'one\\ntwo\\n' | parley send tcp://127.0.0.1:6666`,
    )
    .action(send);
}

/** @throws ParleyError if the conversation ended otherwise than by both ends being done. */
async function send(url: string, { codec }: { readonly codec: ByteCodecName }): Promise<void> {
  const stdin = readableStdin();
  const connection = await connect(url, byteCodec(codec, { borrow: false }));
  const framing = codec === "raw" ? "raw" : "lines";
  const output = new Output(process.stdout, framing, () => connection.destroy());
  const input = new Input(stdin, framing);
  const sending = input.sendTo(connection).catch((error: unknown) => {
    connection.destroy();
    return error;
  });
  try {
    for await (const message of connection) await output.write(message);
  } catch (error) {
    if (!(error instanceof ClosedError)) throw error;
  }
  const reason = await connection.close();
  await input.stop();
  const failure = await sending;
  await output.flushed();
  if (output.state === "unread") return;
  if (failure !== undefined && !(failure instanceof ClosedError)) throw failure;
  if (!isOrderly(reason)) throw new ClosedError(reason);
  if (input.hasUnsent) {
    throw new ParleyError("closed", `${url} ended the conversation before all input was sent.`, {
      blame: "remote",
    });
  }
}
