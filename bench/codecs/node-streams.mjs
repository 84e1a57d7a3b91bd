import { once } from "node:events";

/** Writes the chunks `passes` times into a transforming stream, waiting where it says so, and looks at all that comes out. */
export async function fed(stream, chunks, passes, look) {
  let frames = 0;
  let check = 0;
  stream.on("data", (message) => {
    frames += 1;
    check += look(message);
  });
  const ended = once(stream, "end");
  for (let pass = 0; pass < passes; pass++) {
    for (const chunk of chunks) if (!stream.write(chunk)) await once(stream, "drain");
  }
  stream.end();
  await ended;
  return { frames, check };
}
