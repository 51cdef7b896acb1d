/**
 * A program of the tests: puts its arguments' command behind the gate, says
 * its pid, opens the gate at a line on standard input, and ends as it ends.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { spawnGated } from '../../../clients/typescript/src/command/gate.js';
import { findInheritedFds } from '../../../src/cli/run/inherited_fds.js';

const inherited = findInheritedFds();
const [command = '', ...args] = process.argv.slice(2);
const gated = spawnGated({
  command,
  args,
  environment: process.env,
  passFds: inherited,
  busyFds: inherited,
  ownGroup: true,
});
const exited = once(gated.child, 'exit');
writeSync(2, `gated ${gated.child.pid}\n`);
process.stdin.once('data', (line) => {
  if (String(line).startsWith('open')) gated.open();
  else gated.abandon();
});
const [code, signal]: unknown[] = await exited;
process.exit(signal === null ? Number(code) : 99);
