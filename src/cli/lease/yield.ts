import type { RequestYieldRequest, YieldAsked } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { UsageFailure } from '../failure.js';
import { printJson, printLine } from '../output.js';
import { printable } from '../style.js';
import { leaseJson } from './lease_json.js';
import { describeHolder } from './lease_text.js';

interface YieldOptions {
  readonly lease?: string;
  readonly reason?: string;
  readonly json?: boolean;
}

const DETAILS = `
A wish, which ends nothing: the holder sees it, and gives the lease back when
it sees fit. 'tenure run' says it on standard error, and passes a signal on
with --on-yield. To end a lease, see 'tenure lease revoke'.

Examples:
  tenure lease yield nightly --reason 'a release is due'
  tenure lease yield --lease l1a2b3c4`;

export function yieldCommand(): Command {
  return new Command('yield')
    .summary('ask whoever holds a resource to give it back')
    .description('Ask the holders of a resource, or of one lease, to give it back soon.')
    .argument('[resource]', 'all who hold this')
    .option('--lease <id>', 'this lease alone')
    .option('--reason <text>', 'why, for the holder')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (resource: string | undefined, options: YieldOptions) => {
      const target = targetOf(resource, options.lease);
      const { asked } = await withClient((client) => client.leases.requestYield({ target, reason: options.reason }));
      if (options.json === true) await printJson({ asked: asked.map(askedJson) });
      else if (asked.length === 0) await printLine(`nobody holds ${printable(resource ?? '')}`);
      else for (const one of asked) await printLine(describeAsked(one));
    });
}

function targetOf(resource: string | undefined, leaseId: string | undefined): RequestYieldRequest['target'] {
  if (resource !== undefined && leaseId === undefined) return { $case: 'resource', value: resource };
  if (leaseId !== undefined && resource === undefined) return { $case: 'leaseId', value: leaseId };
  throw new UsageFailure('say whom to ask: RESOURCE, or --lease ID');
}

function askedJson({ lease, told }: YieldAsked): object {
  return { ...(lease === undefined ? {} : { lease: leaseJson(lease) }), told };
}

function describeAsked({ lease, told }: YieldAsked): string {
  if (lease === undefined) return '';
  const later = told ? '' : ', which does not listen now';
  return `asked ${describeHolder(lease)} to give back ${printable(lease.resource)} (${lease.leaseId})${later}`;
}
