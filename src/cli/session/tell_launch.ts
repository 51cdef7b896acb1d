import { homedir } from 'node:os';
import type { Client, LaunchSessionResponse, Session } from '@tenure/client';
import { ExitCode } from '../exit_codes.js';
import { printJson, printLine, warn } from '../output.js';
import { printable, style } from '../style.js';
import { followSession } from './follow_session.js';
import { exitCodeOfSession } from './session_exit_rules.js';
import { launchJson } from './session_json.js';
import { describeLaunchHeld, describeOutcome, launchHeldHint, shortPath } from './session_text.js';

export interface TellOptions {
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** Says how a launch went and, with `wait`, how the session did. Answers the exit code. */
export async function tellLaunch(
  client: Client,
  { outcome }: LaunchSessionResponse,
  { wait = false, json = false }: TellOptions,
): Promise<number> {
  switch (outcome?.$case) {
    case 'launched': {
      if (wait) return await waitFor(client, outcome.value, json);
      if (json) await printJson(launchJson(outcome));
      else await printLaunched(outcome.value);
      return ExitCode.OK;
    }
    case 'held': {
      if (json) {
        await printJson(launchJson(outcome));
      } else {
        warn(`tenure: ${describeLaunchHeld(outcome.value)}`);
        warn(`tenure: ${launchHeldHint(outcome.value)}`);
      }
      return ExitCode.HELD;
    }
    case undefined:
      throw new Error('the daemon answered nothing that this version of tenure knows; update it');
  }
}

/** A script gets the bare id. */
async function printLaunched({ sessionId, adapter, agent, directory, worktree }: Session): Promise<void> {
  if (process.stdout.isTTY !== true) {
    await printLine(sessionId);
    return;
  }
  const where = agent === '' ? `in ${shortPath(directory, homedir())}` : 'in a container';
  const branch = worktree === undefined ? '' : ` on ${printable(worktree.branch)}`;
  const what = printable(agent === '' ? adapter : agent);
  await printLine(`launched ${style('bold', sessionId)} (${what}) ${where}${branch}`);
  await printLine(style('dim', `  tenure session logs -f ${sessionId}`));
}

async function waitFor(client: Client, session: Session, json: boolean): Promise<number> {
  const { sessionId } = session;
  if (!json && process.stderr.isTTY === true) warn(`tenure: session ${sessionId}; Ctrl-C stops it`);
  const ended = await followSession(client, session, !json);
  if (json) await printJson(launchJson({ $case: 'launched', value: ended }));
  else sayUnlessPlain(ended);
  return exitCodeOfSession(ended);
}

/** What an exit code alone does not tell. */
function sayUnlessPlain(session: Session): void {
  const { sessionId, outcomeDetail, exitCode } = session;
  const code = exitCodeOfSession(session);
  if (code === 0 || (code === exitCode && outcomeDetail === '')) return;
  const detail = outcomeDetail === '' ? '' : `: ${printable(outcomeDetail)}`;
  warn(`tenure: session ${sessionId} ended: ${describeOutcome(session)}${detail}`);
}
