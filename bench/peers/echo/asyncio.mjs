// Python's asyncio: its streams, or in the variant "protocol" its lower level, which its documentation has for performance.
import { serveProgram } from "../program-server.mjs";

await serveProgram({
  command: "/usr/bin/python3",
  args: ["-u", new URL("echo_asyncio.py", import.meta.url).pathname, process.argv[3] ?? "streams"],
  name: "python",
  needs: "Python is not installed (Debian: python3)",
});
