import { durationFromMillis, type LeaseSecretResponse } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { parseDuration } from '../duration.js';
import { printBytes, printJson } from '../output.js';
import { leasedSecretJson } from './secret_json.js';

interface LeaseOptions {
  readonly ttl?: number;
  readonly clientId?: string;
  readonly reason?: string;
  readonly raw?: boolean;
  readonly json?: boolean;
}

const LINE_END = Buffer.from('\n');

const DETAILS = `
Prints the value and a line end; with --raw the value's bytes alone. A client
has one lease on a secret: asking again replaces it. The lease ends with its
TTL, or by tenure secret revoke; with the token that --json has, it can be
renewed and released as any lease. To run a command with secrets in its
environment, use tenure secret exec.

Examples:
  token=$(tenure secret lease team/github-token --client-id release --ttl 15m)
  tenure secret lease tls-key --raw > key.der
  tenure secret lease npm-token --json | jq -r .expireTime`;

export function leaseCommand(): Command {
  return new Command('lease')
    .summary("print a secret's value, on lease")
    .description("Lease a secret, and print its value. It is the only way to a value, and it's audited.")
    .argument('<name>', 'the secret')
    .option('--ttl <duration>', 'how long (default: as configured, else 1h; at most 24h)', parseDuration)
    .option('--client-id <id>', 'a name that survives restarts (default: from user, program and working directory)')
    .option('--reason <text>', 'why, for people')
    .option('--raw', "print the value's bytes, and no line end")
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (name: string, options: LeaseOptions) => {
      const { clientId, reason, ttl } = options;
      const leased = await withClient((client) =>
        client.secrets.leaseSecret({
          name,
          clientId,
          reason,
          ttl: ttl === undefined ? undefined : durationFromMillis(ttl),
        }),
      );
      if (options.json === true) await printJson(leasedSecretJson(name, leased));
      else await printBytes(bytesOf(leased, options));
    });
}

function bytesOf({ value }: LeaseSecretResponse, { raw }: LeaseOptions): Buffer {
  return raw === true ? value : Buffer.concat([value, LINE_END]);
}
