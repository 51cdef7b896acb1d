import { resolve } from 'node:path';
import { durationFromMillis, type FuseAction } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { parseDuration } from '../duration.js';
import { UsageFailure } from '../failure.js';
import { printJson, printLine } from '../output.js';
import { describeFuse, fuseJson } from './fuse_text.js';

interface SetOptions {
  readonly exec?: string;
  readonly webhook?: string;
  readonly stop?: boolean;
  readonly event?: string;
  readonly session?: string;
  readonly directory?: string;
  readonly label?: string;
  readonly json?: boolean;
}

const DETAILS = `
It goes off once, from 1s to 366 days from now, also where the daemon was away
then: at its next start. A session or a directory can have any number of fuses.
One that stops a session goes with it.

Prints the fuse's id.

Examples:
  tenure fuse set 30m --stop --session s4k2q
  tenure fuse set 2h --exec 'git -C "$TENURE_DIRECTORY" stash' --directory .
  tenure fuse set 1d --event fuse.reminder --label 'look at the nightly runs'`;

export function setCommand(): Command {
  return new Command('set')
    .summary('set a timer that goes off once')
    .description('Set a timer that goes off once, and does one thing then.')
    .argument('<duration>', 'how long from now', parseDuration)
    .option('--exec <command>', 'run this shell command, for at most 120s')
    .option('--webhook <url>', 'tell this URL, by POST')
    .option('--stop', 'stop the session of --session')
    .option('--event <name>', 'emit this event, such as fuse.reminder')
    .option('--session <id>', 'the session that it is about, or the beginning of its id')
    .option('-C, --directory <dir>', 'the directory that it is about')
    .option('--label <text>', 'why, for people')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (after: number, options: SetOptions) => {
      const request = {
        sessionId: options.session,
        directory: options.directory === undefined ? undefined : resolve(options.directory),
        action: actionOf(options),
        after: durationFromMillis(after),
        label: options.label,
      };
      const { fuse } = await withClient((client) => client.sessions.setFuse(request));
      if (fuse === undefined) throw new Error('the daemon answered no fuse');
      if (options.json === true) await printJson({ fuse: fuseJson(fuse) });
      else await printLine(process.stdout.isTTY === true ? describeFuse(fuse, Date.now()) : fuse.fuseId);
    });
}

function actionOf({ exec, webhook, stop, event, session }: SetOptions): FuseAction {
  const actions: NonNullable<FuseAction['action']>[] = [];
  if (exec !== undefined) actions.push({ $case: 'exec', value: exec });
  if (webhook !== undefined) actions.push({ $case: 'webhook', value: webhook });
  if (stop === true) actions.push({ $case: 'stopSession', value: true });
  if (event !== undefined) actions.push({ $case: 'event', value: event });
  const [action] = actions;
  if (action === undefined || actions.length > 1) {
    throw new UsageFailure('say what it does: one of --exec COMMAND, --webhook URL, --stop and --event NAME');
  }
  if (stop === true && session === undefined) throw new UsageFailure('--stop needs --session, which says what to stop');
  return { action };
}
