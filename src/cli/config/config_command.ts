import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { checkConfiguration } from '../daemon/check_configuration.js';
import { printJson, printLine } from '../output.js';

const DETAILS = `
No daemon is needed, and none is started or changed. All faults are shown at
once, each with its line, and the exit code is 78.

Examples:
  tenure config check
  tenure config check ./config.yaml && cp config.yaml ~/.config/tenure/`;

function checkCommand(): Command {
  return new Command('check')
    .summary('say what is wrong with a configuration')
    .description('Say whether a configuration is right, or all that is wrong with it.')
    .argument('[file]', 'the configuration (default: the one that a daemon would read)')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (file: string | undefined, options: { json?: boolean }) => {
      const path = file === undefined ? undefined : resolve(file);
      const said = await checkConfiguration(`${keysPage()} has all keys`, path);
      if (options.json === true) await printJson({ outcome: 'right', message: said });
      else await printLine(said);
    });
}

/** It is packed beside the program; from the sources it is elsewhere. */
function keysPage(): string {
  const packed = join(import.meta.dirname, '..', 'docs', 'configuration.md');
  return existsSync(packed) ? packed : 'docs/configuration.md';
}

export function configCommand(): Command {
  return new Command('config')
    .summary('check the configuration')
    .description("Check the daemon's configuration.")
    .addCommand(checkCommand());
}
