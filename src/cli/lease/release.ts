import { LeaseState } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { printable } from '../style.js';
import { reportEnded } from './ended.js';
import { leaseJson } from './lease_json.js';
import { readToken, TOKEN_HELP } from './token_argument.js';

interface ReleaseOptions {
  readonly token?: string;
  readonly json?: boolean;
}

const DETAILS = `
While processes that inherited the lease still run, it is left draining: the
resource is free once they are gone. A lease that had ended before: exit code 76.

Example:
  TENURE_TOKEN=... tenure lease release`;

export function releaseCommand(): Command {
  return new Command('release')
    .summary("end a lease of one's own")
    .description("End a lease of one's own.")
    .option('--token <token>', TOKEN_HELP)
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: ReleaseOptions) => {
      const ownerToken = await readToken(options.token);
      const { outcome } = await withClient((client) => client.leases.releaseLease({ ownerToken }));
      switch (outcome?.$case) {
        case 'released': {
          const lease = outcome.value;
          const draining =
            lease.state === LeaseState.DRAINING ? `; draining until ${lease.attached.length} processes are gone` : '';
          if (options.json === true) await printJson({ outcome: 'released', lease: leaseJson(lease) });
          else await printLine(`${printable(lease.resource)}: released${draining}`);
          return;
        }
        case 'ended':
          await reportEnded(outcome.value, options.json === true);
          return;
        case undefined:
          throw new Error('the daemon answered nothing that this version of tenure knows; update it');
      }
    });
}
