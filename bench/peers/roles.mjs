import { makeCalls } from "../loads/calls.mjs";

/**
 * Runs an rpc peer in the role its command line names: `server(variant)` listens and reports; `client(port, variant)` connects and resolves
 * with `add(a, b)`, which is then called.
 */
export async function runRole({ server, client }) {
  const [role, ...args] = process.argv.slice(2);
  if (role === "server") return server(args[0]);
  const [port, inFlight, seconds, variant] = args;
  const add = await client(Number(port), variant);
  await makeCalls(add, Number(inFlight), Number(seconds));
}
