import { Command } from 'commander';
import { acquireCommand } from './acquire.js';
import { explainCommand } from './explain.js';
import { getCommand } from './get.js';
import { listCommand } from './list.js';
import { releaseCommand } from './release.js';
import { renewCommand } from './renew.js';
import { revokeCommand } from './revoke.js';
import { watchCommand } from './watch.js';
import { yieldCommand } from './yield.js';

export function leaseCommand(): Command {
  return new Command('lease')
    .summary('acquire, show and end leases')
    .description('Acquire, show and end leases. To hold one while a command runs, use tenure run.')
    .addCommand(acquireCommand())
    .addCommand(renewCommand())
    .addCommand(releaseCommand())
    .addCommand(getCommand())
    .addCommand(listCommand())
    .addCommand(watchCommand())
    .addCommand(explainCommand())
    .addCommand(yieldCommand())
    .addCommand(revokeCommand());
}
