import { Command } from 'commander';
import { UsageFailure } from '../failure.js';
import { printLine } from '../output.js';
import { BASH, FISH, ZSH } from './shell_scripts.js';

const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ['bash', BASH],
  ['zsh', ZSH],
  ['fish', FISH],
]);

const DETAILS = `
Commands, options, and what the daemon knows by name: resources, leases,
secrets, sessions, groups, fuses, agents. The daemon is asked where it runs, for
300 ms at most, and never started.

Examples:
  source <(tenure completion bash)                in ~/.bashrc
  source <(tenure completion zsh)                 in ~/.zshrc, after compinit
  tenure completion fish > ~/.config/fish/completions/tenure.fish`;

export function completionCommand(): Command {
  return new Command('completion')
    .summary('print the script by which a shell completes')
    .description('Print the script by which a shell completes the commands of tenure.')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText('after', DETAILS)
    .action(async (shell: string) => {
      const script = SCRIPTS.get(shell);
      if (script === undefined)
        throw new UsageFailure(`there is no completion for ${shell}`, 'there is one for bash, zsh and fish');
      await printLine(script.trimEnd());
    });
}
