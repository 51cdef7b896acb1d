// Stands for a daemon: starts a shim as its argument says, tells its pids, opens it on `open`, and is killed by its test.
import { createInterface } from 'node:readline';
import { startShim } from '../../../src/session/shim/shim.js';

const [order = ''] = process.argv.slice(2);
const started = await startShim(JSON.parse(order));
process.stdout.write(`${JSON.stringify({ shim: started.shim, main: started.main })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'open') started.open('');
  process.stdout.write('done\n');
}
