import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { bundledDaemon, daemonSources } from '../connection.js';

interface RunOptions {
  readonly config?: string;
}

const DETAILS = `
The log goes to standard error. Ctrl-C ends it in order, a second one at once.

Example:
  tenure daemon run`;

export function runDaemonCommand(): Command {
  return new Command('run')
    .summary('be the daemon')
    .description('Be the daemon, in the foreground: for a terminal or a supervisor.')
    .option('--config <file>', 'the configuration, instead of TENURE_CONFIG')
    .addHelpText('after', DETAILS)
    .action(async (options: RunOptions) => {
      const config = options.config === undefined ? [] : ['--config', options.config];
      // Clients that start the daemon through this command want a log file.
      const foreground = process.env['TENURE_READY_FD'] === undefined ? ['--foreground'] : [];
      await becomeDaemon([...config, ...foreground]);
    });
}

/**
 * This very process becomes the daemon, so that its pid, its descriptors and
 * its signals are those that a supervisor means. Never resolves: the daemon
 * ends the process.
 */
async function becomeDaemon(args: readonly string[]): Promise<never> {
  const bundle = bundledDaemon();
  process.argv = [process.execPath, bundle ?? daemonSources(), ...args];
  if (bundle === undefined) await import(pathToFileURL(daemonSources()).href);
  else createRequire(bundle)(bundle);
  return await new Promise<never>(() => undefined);
}
