// Jayson's TCP server as its README has it; the variant "4" is the major before, which separates its replies by nothing.
import { report } from "../../servers/report.mjs";

const variants = {
  4: { library: "jayson4", wire: "json-rpc-stream" },
  5: { library: "jayson5", wire: "json-rpc-lines" },
};
const { library, wire } = variants[process.argv[3] ?? 5];
const { default: jayson } = await import(library);

const server = new jayson.Server({ echo: ([message], callback) => callback(null, message) }).tcp();
server.listen({ port: 0, host: "127.0.0.1" }, () => report(server.address().port, { uses: [library], wire }));
