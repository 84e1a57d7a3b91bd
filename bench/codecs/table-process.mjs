// Measures one table, in a process of its own: what another has compiled does not count. `node table-process.mjs TABLE ROUNDS`.
import { compareDecoders } from "./rounds.mjs";
import { codecTables } from "./tables.mjs";

const [name, rounds] = process.argv.slice(2);
const table = codecTables.find((each) => each.name === name);
console.log(JSON.stringify(await compareDecoders(table, Number(rounds))));
