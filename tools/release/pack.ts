import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { packTarballs } from "./tarballs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const into = resolve(process.argv[2] ?? ".build/release");

for (const { file } of await packTarballs(root, into, new AbortController().signal)) console.log(file);
