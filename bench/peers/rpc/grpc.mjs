// gRPC as its basics tutorial for Node has it, one channel for all calls. Variants: "unary", and "bidi", one long-lived stream that carries
// all calls, which its performance guide advises; HTTP/2 keeps the order of a stream, so the nth answer is the nth call's.
import { runRole } from "../roles.mjs";

const implementation = {
  add({ request: { a, b } }, callback) {
    callback(null, { sum: a + b });
  },
  addEach(stream) {
    stream.on("data", ({ a, b }) => stream.write({ sum: a + b }));
    stream.on("end", () => stream.end());
    stream.on("error", () => stream.destroy());
  },
};

async function load() {
  const { default: grpc } = await import("@grpc/grpc-js");
  const { default: protoLoader } = await import("@grpc/proto-loader");
  const definition = protoLoader.loadSync(new URL("calculator.proto", import.meta.url).pathname);
  return { grpc, Calculator: grpc.loadPackageDefinition(definition).Calculator };
}

async function server() {
  const { grpc, Calculator } = await load();
  const { report } = await import("../../servers/report.mjs");
  const listener = new grpc.Server();
  listener.addService(Calculator.service, implementation);
  listener.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    report(port, { uses: ["@grpc/grpc-js", "@grpc/proto-loader"] });
  });
}

async function client(port, variant) {
  const { grpc, Calculator } = await load();
  const stub = new Calculator(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  return variant === "bidi" ? addOverStream(stub.addEach()) : addUnary(stub);
}

const addUnary = (stub) => (a, b) =>
  new Promise((resolve, reject) => {
    stub.add({ a, b }, (error, reply) => (error ? reject(error) : resolve(reply.sum)));
  });

function addOverStream(stream) {
  const pending = [];
  let answered = 0;
  stream.on("data", ({ sum }) => {
    pending[answered](sum);
    pending[answered++] = undefined;
  });
  return (a, b) =>
    new Promise((resolve) => {
      pending.push(resolve);
      stream.write({ a, b });
    });
}

await runRole({ server, client });
