import { homedir } from 'node:os';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { findSession } from './find_session.js';
import { describeSession } from './session_details.js';
import { sessionJson } from './session_json.js';

const DETAILS = `
Exit code 66: there is no session of that id; 64: several begin with it.

Examples:
  tenure session status s4k2q
  tenure session status claude-code:4d03fcc4 --json | jq .usage`;

export function statusCommand(): Command {
  return new Command('status')
    .summary('show one session')
    .description('Show all that is known of one session.')
    .argument('<id>', 'the session, or the beginning of its id')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (wanted: string, options: { json?: boolean }) => {
      const session = await withClient((client) => findSession(client, wanted));
      if (options.json === true) await printJson({ session: sessionJson(session) });
      else await printLine(describeSession(session, homedir(), Date.now()));
    });
}
