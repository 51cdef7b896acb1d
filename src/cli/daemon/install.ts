import { Command } from 'commander';
import { UsageFailure } from '../failure.js';
import { printJson, printLine } from '../output.js';
import { type InstallPlan, planLaunchd, planSystemd } from '../units/planned_files.js';
import { removeOwn, writeOwn } from '../units/written_files.js';
import { findRunningDaemon } from './running_daemon.js';

interface InstallOptions {
  readonly system?: boolean;
  readonly socketActivation?: boolean;
  readonly launchd?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const DETAILS = `
Writes files, runs nothing: the commands that are left to do are printed. PATH,
TENURE_STATE_DIR, TENURE_CONFIG, TENURE_SOCKET, XDG_STATE_HOME and
XDG_CONFIG_HOME go into the unit as they are now, so that it is the daemon that
commands find here; with --system only those that begin with TENURE.

With --socket-activation systemd holds the socket, whose place TENURE_SOCKET does
not change, and starts the daemon on the
first connection. Without an installation commands start the daemon themselves.

Examples:
  tenure daemon install
  tenure daemon install --socket-activation --dry-run
  sudo tenure daemon install --system`;

export function installCommand(): Command {
  return new Command('install')
    .summary('write units by which systemd keeps the daemon')
    .description('Write the units by which systemd starts the daemon and keeps it running.')
    .option('--system', "one daemon for the machine, as root's systemd runs it, instead of the user's")
    .option('--socket-activation', 'start it on the first connection, by a socket that systemd holds')
    .option('--launchd', "launchd's property list, for macOS, instead of units")
    .option('--dry-run', 'print the files, and write nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: InstallOptions) => {
      const plan = planOf(options);
      if (options.dryRun === true) await show(plan, options);
      else await install(plan, options);
    });
}

function planOf(options: InstallOptions): InstallPlan {
  const { system = false, socketActivation = false, launchd = false } = options;
  if (!launchd) return planSystemd(system ? 'system' : 'user', socketActivation, findRunningDaemon() !== undefined);
  if (system || socketActivation)
    throw new UsageFailure('--launchd goes with neither --system nor --socket-activation');
  return planLaunchd();
}

async function show(plan: InstallPlan, options: InstallOptions): Promise<void> {
  if (options.json === true) {
    await printJson({ outcome: 'planned', files: plan.files, next: plan.next });
    return;
  }
  for (const { path, content } of plan.files) await printLine(`# ${path}\n${content}`);
}

async function install(plan: InstallPlan, options: InstallOptions): Promise<void> {
  for (const { path, content } of plan.files) writeOwn(path, content);
  const removed = plan.obsolete.filter((path) => removeOwn(path));
  const written = plan.files.map(({ path }) => path);
  if (options.json === true) {
    await printJson({ outcome: 'installed', written, removed, next: plan.next });
    return;
  }
  for (const path of written) await printLine(`wrote ${path}`);
  for (const path of removed) await printLine(`removed ${path}`);
  await printLine(`next:\n${plan.next.map((command) => `  ${command}`).join('\n')}`);
}
