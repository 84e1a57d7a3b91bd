import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** The flame graphs that there are, and the names of their files in results/. */
export const flameNames = [
  {
    workload: "echo-pipelined",
    side: "server",
    file: "flame-echo-pipelined",
    title: "Pipelined echo, the server",
  },
  { workload: "rpc", side: "server", file: "flame-rpc-server", title: "Calls, 256 in flight, the server" },
  { workload: "rpc", side: "client", file: "flame-rpc-client", title: "Calls, 256 in flight, the client" },
];

const pathOf = (file, extension) => new URL(`../results/${file}.${extension}`, import.meta.url);

/** Keeps a graph and the functions that took most time by themselves, to be committed. */
export function keepFlame({ file }, { svg, times }) {
  writeFileSync(pathOf(file, "svg"), svg);
  writeFileSync(pathOf(file, "json"), `${JSON.stringify(times, null, 2)}\n`);
}

/** Graphs that are kept, with those functions. */
export function keptFlames() {
  return flameNames
    .filter(({ file }) => existsSync(pathOf(file, "json")))
    .map(({ file, title }) => ({
      file,
      title,
      times: JSON.parse(readFileSync(pathOf(file, "json"), "utf8")),
    }));
}
