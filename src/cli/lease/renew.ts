import { durationFromMillis } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { parseDuration } from '../duration.js';
import { printJson, printLine } from '../output.js';
import { printable } from '../style.js';
import { reportEnded } from './ended.js';
import { leaseJson } from './lease_json.js';
import { describeRemaining } from './lease_text.js';
import { readToken, TOKEN_HELP } from './token_argument.js';

interface RenewOptions {
  readonly token?: string;
  readonly ttl?: number;
  readonly json?: boolean;
}

const DETAILS = `
A lease that has ended is not brought back: exit code 76.

Examples:
  TENURE_TOKEN=... tenure lease renew
  tenure lease renew --ttl 1h --token - < token-file`;

export function renewCommand(): Command {
  return new Command('renew')
    .summary('give a lease its TTL again')
    .description('Give a lease its TTL again, counted from now.')
    .option('--token <token>', TOKEN_HELP)
    .option('--ttl <duration>', 'another TTL from now on', parseDuration)
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: RenewOptions) => {
      const ownerToken = await readToken(options.token);
      const ttl = options.ttl === undefined ? undefined : durationFromMillis(options.ttl);
      const { outcome } = await withClient((client) => client.leases.renewLease({ ownerToken, ttl }));
      switch (outcome?.$case) {
        case 'renewed': {
          const lease = outcome.value;
          if (options.json === true) await printJson({ outcome: 'renewed', lease: leaseJson(lease) });
          else await printLine(`${printable(lease.resource)}: renewed, ${describeRemaining(lease)}`);
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
