import { steppedConnection } from "./stepped.mjs";

/** A scenario that feeds `chunk` to a server and sees to it that as many bytes come back. */
export const echoed = (about, options, { chunk, length }) => ({
  about,
  messages: length,
  async prepare() {
    const { feed, bytes } = await steppedConnection(options());
    return () => {
      const before = bytes();
      feed(chunk);
      if (bytes() - before !== chunk.length) throw new Error("not every message was echoed");
    };
  },
});
