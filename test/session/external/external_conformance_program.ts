import { resolve } from 'node:path';
import { AdapterTalk } from './adapter_talk.js';
import { faultOf } from './conformance.js';
import { CHECKS } from './conformance_checks.js';

const USAGE = 'usage: external_conformance_program.ts -- COMMAND [ARG...]\n';
const USAGE_EXIT = 64;

/**
 * Checks any program against the protocol of docs/external-adapters.md, and
 * says what it does wrong: a line a check, exit code 1 where there is a fault.
 */
async function main(args: readonly string[]): Promise<number> {
  const [named, ...rest] = args[0] === '--' ? args.slice(1) : args;
  if (named === undefined) {
    process.stderr.write(USAGE);
    return USAGE_EXIT;
  }
  // It runs in `/`, as the daemon runs it.
  const command = named.includes('/') ? resolve(named) : named;
  let faults = 0;
  for (const check of CHECKS) {
    const fault = await faultOf(check, () => new AdapterTalk(command, rest));
    if (fault !== undefined) faults += 1;
    process.stdout.write(fault === undefined ? `ok     ${check.name}\n` : `FAULT  ${check.name}: it ${fault}\n`);
  }
  process.stdout.write(`${CHECKS.length - faults} ok, ${faults} ${faults === 1 ? 'fault' : 'faults'}\n`);
  return faults === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
