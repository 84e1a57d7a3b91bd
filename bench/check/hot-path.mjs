// Runs a scenario of scenarios/ for so many rounds: `node hot-path.mjs SCENARIO ROUNDS`. What counts instructions runs it twice.
const [name, rounds] = process.argv.slice(2);
const { default: scenario } = await import(`./scenarios/${name}.mjs`);
const round = await scenario.prepare();
for (let i = 0; i < Number(rounds); i++) {
  const result = round();
  // An await for each round of who needs none would be counted.
  if (result !== undefined) await result;
}
