import { type Client, durationFromMillis, isTenureError, type Session } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { parseDuration } from '../duration.js';
import { ExitCode } from '../exit_codes.js';
import { UsageFailure } from '../failure.js';
import { printJson, printLine } from '../output.js';
import { reportOf, warnReport } from '../report.js';
import { eachAtMost } from '../secret/each_at_most.js';
import { printable } from '../style.js';
import { present } from './find_session.js';
import { sessionJson } from './session_json.js';
import { describeState } from './session_text.js';

interface StopOptions {
  readonly group?: string;
  readonly grace?: number;
  readonly reason?: string;
  readonly json?: boolean;
}

interface Stopped {
  readonly session: Session;
  readonly endedProcesses: number;
}

interface Kept {
  readonly wanted: string;
  readonly error: unknown;
}

const AT_ONCE = 16;

const DETAILS = `
All that the session has started gets TERM and, after the grace, KILL: tool
shells in sessions of their own too, and nothing else. Answers once it is gone.
Of a session that has ended already, what it has left running is ended.

Exit code 1: one of several could not be stopped; the others are all the same.

Examples:
  tenure session stop s4k2q --reason 'wrong branch'
  tenure session stop --group nightly --grace 1m`;

export function stopCommand(): Command {
  return new Command('stop')
    .summary('end sessions')
    .description('End sessions, with all that they have started.')
    .argument('[id...]', 'the sessions, or the beginnings of their ids')
    .option('-g, --group <name>', 'all of this group')
    .option('--grace <duration>', 'from TERM to KILL (default: as configured, 10s)', parseDuration)
    .option('--reason <text>', 'why, for the record')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (ids: string[], options: StopOptions) => {
      if (ids.length === 0 && options.group === undefined) {
        throw new UsageFailure('say which sessions: ids, or --group NAME');
      }
      const results = await withClient((client) => stopAll(client, ids, options));
      const stopped = results.flatMap((result) => ('session' in result ? [result] : []));
      const kept = results.flatMap((result) => ('error' in result ? [result] : []));
      const [only] = kept;
      if (ids.length === 1 && options.group === undefined && only !== undefined) throw only.error;
      if (options.json === true) await printJson(stoppedJson(stopped, kept));
      else await tell(stopped, kept);
      if (kept.length > 0) process.exitCode = ExitCode.FAILED;
    });
}

async function stopAll(
  client: Client,
  ids: readonly string[],
  { group, grace, reason }: StopOptions,
): Promise<readonly (Stopped | Kept)[]> {
  const members = group === undefined ? [] : (await client.sessions.listSessions({ filter: { group } })).sessions;
  const wanted = [...ids, ...members.map(({ sessionId }) => sessionId)];
  return await eachAtMost(AT_ONCE, wanted, async (sessionId) => {
    try {
      const { session, endedProcesses } = await client.sessions.stopSession({
        sessionId,
        grace: grace === undefined ? undefined : durationFromMillis(grace),
        reason,
      });
      return { session: present(session, sessionId), endedProcesses };
    } catch (error) {
      if (!isTenureError(error)) throw error;
      return { wanted: sessionId, error };
    }
  });
}

/** Of one that was found here nothing may ever have run on this machine. */
function describeEnded({ launched }: Session, endedProcesses: number): string {
  if (endedProcesses === 0) return launched ? ', nothing of it ran' : '';
  return endedProcesses === 1 ? ', 1 process ended' : `, ${endedProcesses} processes ended`;
}

function stoppedJson(stopped: readonly Stopped[], kept: readonly Kept[]): object {
  return {
    stopped: stopped.map(({ session, endedProcesses }) => ({ session: sessionJson(session), endedProcesses })),
    failures: kept.map(({ wanted, error }) => {
      const { reason, message } = reportOf(error);
      return { sessionId: wanted, reason, message };
    }),
  };
}

async function tell(stopped: readonly Stopped[], kept: readonly Kept[]): Promise<void> {
  if (stopped.length === 0 && kept.length === 0) await printLine('no session of that group runs');
  for (const { session, endedProcesses } of stopped) {
    await printLine(
      `${printable(session.sessionId)}: ${describeState(session)}${describeEnded(session, endedProcesses)}`,
    );
  }
  for (const { wanted, error } of kept) {
    const report = reportOf(error);
    warnReport({ ...report, message: `${printable(wanted)}: ${report.message}` });
  }
}
