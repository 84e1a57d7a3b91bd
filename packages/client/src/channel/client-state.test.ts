import { expect, it } from "vitest";
import { clientTransitions } from "./client-state.ts";

it("lets every state of a client be reached from idle, and be left for closed", () => {
  const reached = new Set<string>(["idle"]);
  for (const state of reached)
    for (const next of clientTransitions[state as keyof typeof clientTransitions]) reached.add(next);
  expect([...reached].sort()).toEqual(Object.keys(clientTransitions).sort());
  for (const [state, next] of Object.entries(clientTransitions))
    expect(next.includes("closed")).toBe(state !== "closed");
});
