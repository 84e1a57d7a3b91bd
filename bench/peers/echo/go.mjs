// Go's net with bufio; built by the system's compiler.
import { spawnSync } from "node:child_process";
import { missing } from "../../servers/report.mjs";
import { serveProgram } from "../program-server.mjs";

const source = new URL("echo.go", import.meta.url).pathname;
const program = new URL("../../.build/echo-go", import.meta.url).pathname;
const needs = "Go is not installed (Debian: golang-go)";

const { error, status, stderr } = spawnSync("go", ["build", "-o", program, source], { encoding: "utf8" });
if (error?.code === "ENOENT") missing(needs);
else if (status !== 0) throw new Error(`go build failed: ${error ?? stderr}`);
else await serveProgram({ command: program, args: [], name: "go", needs });
