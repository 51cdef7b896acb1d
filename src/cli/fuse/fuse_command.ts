import { Command } from 'commander';
import { cancelCommand } from './cancel.js';
import { extendCommand } from './extend.js';
import { listCommand } from './list.js';
import { setCommand } from './set.js';

export function fuseCommand(): Command {
  return new Command('fuse')
    .summary('set timers that go off once')
    .description('Set timers that go off once: they run a command, tell a URL, stop a session or emit an event.')
    .addCommand(setCommand())
    .addCommand(extendCommand())
    .addCommand(cancelCommand())
    .addCommand(listCommand());
}
