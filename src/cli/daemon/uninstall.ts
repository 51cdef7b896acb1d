import { Command } from 'commander';
import { printJson, printLine } from '../output.js';
import { nextAfterLaunchd, nextAfterUninstall } from '../units/planned_files.js';
import { launchdFile, systemdFiles } from '../units/unit_files.js';
import { removeFile, removeOwn } from '../units/written_files.js';

interface UninstallOptions {
  readonly system?: boolean;
  readonly launchd?: boolean;
  readonly json?: boolean;
}

const DETAILS = `
State, configuration and leases stay. Commands start the daemon themselves then.

Example:
  tenure daemon uninstall`;

export function uninstallCommand(): Command {
  return new Command('uninstall')
    .summary('take the units away')
    .description('Take away what tenure daemon install wrote.')
    .option('--system', "the machine's units, instead of the user's")
    .option('--launchd', "launchd's property list, instead of units")
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: UninstallOptions) => {
      const removed = options.launchd === true ? [launchdFile()].filter(removeOwn) : removeUnits(options);
      const scope = options.system === true ? 'system' : 'user';
      const all = options.launchd === true ? nextAfterLaunchd() : nextAfterUninstall(scope);
      const next = removed.length === 0 ? [] : all;
      if (options.json === true) {
        await printJson({ outcome: removed.length === 0 ? 'not-installed' : 'uninstalled', removed, next });
        return;
      }
      if (removed.length === 0) await printLine('nothing is installed');
      for (const path of removed) await printLine(`removed ${path}`);
      if (next.length > 0) await printLine(`next:\n${next.map((command) => `  ${command}`).join('\n')}`);
    });
}

/** The links by which they were enabled go with them: systemctl can't disable a unit that has no file. */
function removeUnits(options: UninstallOptions): string[] {
  const { service, socket } = systemdFiles(options.system === true ? 'system' : 'user');
  return [socket, service].flatMap(({ path, enabled }) => {
    if (!removeOwn(path)) return [];
    return removeFile(enabled) ? [path, enabled] : [path];
  });
}
