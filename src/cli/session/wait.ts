import { durationFromMillis, SessionState } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { parseDuration } from '../duration.js';
import { printJson, printLine, warn } from '../output.js';
import { printable } from '../style.js';
import { findSession, present } from './find_session.js';
import { exitCodeOfSession } from './session_exit_rules.js';
import { sessionJson } from './session_json.js';
import { describeState } from './session_text.js';

interface WaitOptions {
  readonly timeout?: number;
  readonly json?: boolean;
}

const DETAILS = `
Ends as the session did: its exit code, 128 + n for a signal, 124 beyond a
limit, 130 stopped, 76 where nobody saw how it ended. 75: --timeout ran out, and
the session goes on. Ctrl-C ends the wait alone.

Examples:
  tenure session wait s4k2q && git push
  tenure session wait s4k2q --timeout 10m --json | jq -r .session.outcome`;

export function waitCommand(): Command {
  return new Command('wait')
    .summary('wait for the end of a session')
    .description('Wait until a session has ended, and end as it did.')
    .argument('<id>', 'the session, or the beginning of its id')
    .option('--timeout <duration>', 'give up after so long (default: never)', parseDuration)
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (wanted: string, options: WaitOptions) => {
      const timeout = options.timeout === undefined ? undefined : durationFromMillis(options.timeout);
      const session = await withClient(async (client) => {
        // By its whole id, which means the same after a restart.
        const { sessionId } = await findSession(client, wanted);
        return present((await client.sessions.waitSession({ sessionId, timeout })).session, sessionId);
      });
      const { sessionId, state, outcomeDetail } = session;
      const detail = outcomeDetail === '' ? '' : `: ${printable(outcomeDetail)}`;
      if (options.json === true) await printJson({ session: sessionJson(session) });
      else if (state === SessionState.ENDED) await printLine(`${sessionId}: ${describeState(session)}${detail}`);
      else warn(`tenure: the wait ran out; session ${sessionId} is ${describeState(session, process.stderr)}`);
      process.exitCode = exitCodeOfSession(session);
    });
}
