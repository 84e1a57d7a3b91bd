import { expect, it } from "vitest";
import { calculate } from "./calculator-client.ts";
import { calculatorServer } from "./calculator-server.ts";

it("the calculator's client gets what its contract promises", async () => {
  await using server = calculatorServer();
  const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
  const said: string[] = [];
  await calculate(url, (line) => said.push(line));
  expect(said).toEqual([
    "1 + 2 = 3",
    "3 …",
    "2 …",
    "1 …",
    "1 + 2 + 3 = 6",
    "1 / 0: Nothing can be divided by zero.",
  ]);
});
