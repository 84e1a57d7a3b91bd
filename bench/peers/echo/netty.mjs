// Netty, launched from its source by the JDK.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { missing } from "../../servers/report.mjs";
import { serveProgram } from "../program-server.mjs";

const jars = ["buffer", "codec", "common", "handler", "resolver", "transport"].map(
  (part) => `/usr/share/java/netty-${part}.jar`,
);
const source = new URL("EchoServer.java", import.meta.url).pathname;
const needs = "Netty or a JDK is not installed (Debian: libnetty-java, default-jdk-headless)";

if (!jars.every((jar) => existsSync(jar)) || spawnSync("javac", ["-version"]).error !== undefined)
  missing(needs);
else {
  const args = ["-cp", jars.join(":"), source];
  await serveProgram({ command: "java", args, name: "netty", needs, facts: { warmSeconds: 8 } });
}
