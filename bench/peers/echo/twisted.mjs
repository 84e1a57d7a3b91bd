// Twisted's own protocol for a 4-byte length.
import { spawnSync } from "node:child_process";
import { missing } from "../../servers/report.mjs";
import { serveProgram } from "../program-server.mjs";

const python = "/usr/bin/python3"; // The system's: Debian installs Twisted for no other.
const source = new URL("echo_twisted.py", import.meta.url).pathname;
const needs = "Twisted is not installed (Debian: python3-twisted)";

if (spawnSync(python, ["-c", "import twisted"]).status !== 0) missing(needs);
else await serveProgram({ command: python, args: ["-u", source], name: "twisted", needs });
