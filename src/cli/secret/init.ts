import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';

const DETAILS = `
The vault is the folder vault/ of the state folder: an age identity and a file
that is encrypted for it. Both belong in a backup, and nowhere else.

Example:
  tenure secret init`;

export function initCommand(): Command {
  return new Command('init')
    .summary('make the vault')
    .description('Make the encrypted vault for secrets. Where there is one, nothing is changed.')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: { json?: boolean }) => {
      const { created, recipient } = await withClient((client) => client.secrets.initVault());
      if (options.json === true) await printJson({ created, recipient });
      else
        await printLine(`${created ? 'the vault is made' : 'there was a vault before'}; it encrypts for ${recipient}`);
    });
}
