import { Command } from 'commander';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { printJson, printLine } from '../output.js';
import { describeLease } from './lease_details.js';
import { leaseJson } from './lease_json.js';

export function getCommand(): Command {
  return new Command('get')
    .summary('show one lease')
    .description('Show one lease in full. Exit code 76: there is none of that id.')
    .argument('<lease-id>', "its id, as 'lease list' shows it")
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  tenure lease get l1a2b3c4')
    .action(async (leaseId: string, options: { json?: boolean }) => {
      const { lease } = await withClient((client) => client.leases.getLease({ leaseId }));
      if (lease === undefined) throw new Failure('LEASE_NOT_FOUND', ExitCode.LOST, `there is no lease ${leaseId}`);
      if (options.json === true) await printJson({ lease: leaseJson(lease) });
      else await printLine(describeLease(lease, Date.now()));
    });
}
