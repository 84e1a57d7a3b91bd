/** The names of all workloads, in the order of the tables. */
export const workloadNames = [
  "echo-ping-pong",
  "echo-pipelined",
  "echo-large",
  "rpc",
  "rpc-server",
  "fan-out",
  "idle-connections",
  "connect-rate",
  "never-reads",
  "cost-by-connections",
  "cost-by-size",
  "cost-by-methods",
  "codecs",
  "endurance",
];

/** The definition of a workload. @throws Error for a name that there is not. */
export async function workloadOf(name) {
  if (!workloadNames.includes(name))
    throw new Error(`there is no workload ${name}; there are ${workloadNames.join(", ")}`);
  return (await import(`../workloads/${name}.mjs`)).default;
}
