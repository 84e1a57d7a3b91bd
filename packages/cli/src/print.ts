import { Output } from "./output.ts";

/**
 * Writes one text to stdout, and a newline behind it. Nobody reading it is no failure.
 * @throws ParleyError `bad-option` if stdout cannot be written.
 */
export async function print(text: string): Promise<void> {
  const output = new Output(process.stdout, "lines", () => {});
  void output.write(Buffer.from(text));
  await output.flushed();
}
