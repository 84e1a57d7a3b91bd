// Erlang's gen_tcp; in the variant "fast" with the options that its documentation has for throughput.
import { serveProgram } from "../program-server.mjs";

await serveProgram({
  command: "escript",
  args: [new URL("echo.escript", import.meta.url).pathname, process.argv[3] ?? "once"],
  name: "erlang",
  needs: "Erlang is not installed (Debian: erlang-base)",
});
