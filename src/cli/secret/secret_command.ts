import { Command } from 'commander';
import { envCommand } from './env.js';
import { execCommand } from './exec.js';
import { importCommand } from './import.js';
import { initCommand } from './init.js';
import { killswitchCommand } from './killswitch.js';
import { leaseCommand } from './lease.js';
import { listCommand } from './list.js';
import { putCommand } from './put.js';
import { revokeCommand } from './revoke.js';
import { rmCommand } from './rm.js';
import { rotateCommand } from './rotate.js';
import { scanCommand } from './scan.js';
import { updateCommand } from './update.js';

/** @param commandLine what followed `--`, for `exec`. */
export function secretCommand(commandLine: readonly string[] | undefined): Command {
  return new Command('secret')
    .summary('keep secrets, and lend them')
    .description('Keep secrets encrypted, and lend them: a value is read by leasing it, and who did is audited.')
    .addCommand(initCommand())
    .addCommand(putCommand())
    .addCommand(updateCommand())
    .addCommand(rmCommand())
    .addCommand(importCommand())
    .addCommand(listCommand())
    .addCommand(leaseCommand())
    .addCommand(execCommand(commandLine))
    .addCommand(envCommand())
    .addCommand(revokeCommand())
    .addCommand(rotateCommand())
    .addCommand(killswitchCommand())
    .addCommand(scanCommand());
}
