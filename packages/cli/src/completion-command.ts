import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { offeredNames } from "./offered-names.ts";

/** Adds `parley completion`, and what the scripts it prints ask for; to be called when all other commands are there. */
export function addCompletion(program: Command): void {
  const known = tab(program, { completionCommandName: "completion" });
  commandOf(program, "completion")
    .description("print what makes a shell complete parley's commands, options and a server's methods")
    .addHelpText(
      "after",
      `
  $ source <(parley completion bash)                                     # in ~/.bashrc; needs bash-completion
  $ source <(parley completion zsh)                                      # in ~/.zshrc
  $ parley completion fish > ~/.config/fish/completions/parley.fish
  $ parley completion powershell | Out-String | Invoke-Expression        # in $PROFILE`,
    );
  commandOf(program, "complete").hook("preAction", async (_, { args: [name = "", ...words] }) => {
    const argument = { call: "method", listen: "event" }[name];
    const wanted = argument && known.commands.get(name)?.arguments.get(argument);
    if (!wanted) return;
    const names = await offeredNames(commandOf(program, name), words);
    wanted.handler = (complete) => {
      for (const offered of names) complete(offered, "");
    };
  });
}

function commandOf(program: Command, name: string): Command {
  return program.commands.find((command) => command.name() === name) as Command;
}
