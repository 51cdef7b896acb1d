import {
  type AcquireLeaseFields,
  type AcquireResult,
  type Client,
  durationFromMillis,
  Handover,
  LEASES_VARIABLE,
  LeaseLiveness,
  LeaseMode,
  parseInheritTokens,
} from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { parseDuration, waitAfter } from '../duration.js';
import { ExitCode } from '../exit_codes.js';
import { printJson, printLine, warn } from '../output.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import { type HandoverWord, parseHandover, parsePids } from './lease_arguments.js';
import { acquireJson } from './lease_json.js';
import { ancestorHint, describeHeld, describeHolder, describeRemaining } from './lease_text.js';
import { addWishOptions, type WishOptions } from './wish_options.js';

interface AcquireOptions extends WishOptions {
  readonly ttl?: number;
  readonly pid?: readonly number[];
  readonly handover?: HandoverWord;
  readonly inherit: boolean;
  readonly requestId?: string;
  readonly json?: boolean;
}

const DETAILS = `
The lease outlives this command: its TTL alone ends it, and it survives a
reboot. With --pid it lives as long as one of those processes, and no TTL.

Exit code 75 says that somebody else holds a resource; nothing was taken then.

Examples:
  tenure lease acquire deploy --ttl 10m
  tenure lease acquire deploy --pid $$                 until this shell ends
  export TENURE_TOKEN=$(tenure lease acquire deploy --json | jq -r .token)`;

const MODES = { exclusive: LeaseMode.EXCLUSIVE, shared: LeaseMode.SHARED } as const;
const HANDOVERS = { grant: Handover.GRANT, wait: Handover.WAIT, terminate: Handover.TERMINATE } as const;

export function acquireCommand(): Command {
  const command = new Command('acquire')
    .summary('take a lease that its TTL ends')
    .description('Take one or more resources, all or none.')
    .argument('<resource...>', 'what to hold')
    .option('--ttl <duration>', 'how long, and how long each renewal gives (default: as configured)', parseDuration)
    .option('--pid <pid>', "attach it to a process of one's own; may be repeated", parsePids);
  return addWishOptions(command)
    .option('--handover <how>', 'processes left at the end: grant, wait or terminate', parseHandover)
    .option('--no-inherit', "don't use a lease of TENURE_LEASES")
    .option('--request-id <id>', 'makes a repeated command one grant')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (resources: string[], options: AcquireOptions) => {
      const { wait, json } = options;
      const results = await withClient(
        (client, heldBackMs) =>
          acquire(client, toRequest(resources, options), { ...options, wait: waitAfter(wait, heldBackMs) }),
        { wait, json },
      );
      if (options.json === true) await printJson(acquireJson(results));
      else for (const result of results) await printResult(result, options.inherit);
      if (results.some((result) => result.outcome?.$case === 'held')) process.exitCode = ExitCode.HELD;
    });
}

function toRequest(resources: readonly string[], options: AcquireOptions): AcquireLeaseFields {
  const pids = options.pid ?? [];
  const mode = options.mode && MODES[options.mode];
  return {
    wishes: resources.map((resource) => ({ resource, mode, capacity: options.capacity })),
    clientId: options.clientId,
    liveness: pids.length > 0 ? LeaseLiveness.PROCESS : LeaseLiveness.TTL,
    ttl: duration(options.ttl),
    maxHold: duration(options.maxHold),
    handover: options.handover && HANDOVERS[options.handover],
    reason: options.reason,
    metadata: options.label === undefined ? undefined : new Map(options.label),
    priority: options.priority,
    inheritTokens: options.inherit ? parseInheritTokens(process.env[LEASES_VARIABLE]) : [],
    requestId: options.requestId,
    attachPids: [...pids],
  };
}

function duration(milliseconds: number | undefined) {
  return milliseconds === undefined ? undefined : durationFromMillis(milliseconds);
}

async function acquire(
  client: Client,
  request: AcquireLeaseFields,
  { wait, json }: AcquireOptions,
): Promise<readonly AcquireResult[]> {
  if (wait === undefined) return (await client.leases.acquireLease(request)).results;
  if (json !== true && request.requestId === undefined) {
    // A try first, to say who is in the way; it overtakes nobody who waits.
    const { results } = await client.leases.acquireLease(request);
    const held = results.filter((result) => result.outcome?.$case === 'held');
    if (held.length === 0) return results;
    for (const result of held) warn(`tenure: waiting for ${describeResult(result)}`);
  }
  const waiting: AcquireLeaseFields['wait'] =
    wait === 'forever'
      ? { $case: 'waitForever', value: true }
      : { $case: 'waitTimeout', value: durationFromMillis(wait) };
  return (await client.leases.acquireLease({ ...request, wait: waiting })).results;
}

function describeResult({ resource, outcome }: AcquireResult): string {
  return outcome?.$case === 'held' ? `${printable(resource)}, ${describeHeld(outcome.value)}` : printable(resource);
}

async function printResult(result: AcquireResult, inherit: boolean): Promise<void> {
  const name = printable(result.resource);
  switch (result.outcome?.$case) {
    case 'granted': {
      const { lease, ownerToken } = result.outcome.value;
      if (lease === undefined) return;
      await printLine(`${name}: ${style('green', 'granted')}, ${describeRemaining(lease)}`);
      await printLine(
        table([
          ['  lease', lease.leaseId],
          ['  fencing token', lease.fencingToken.toString()],
          ['  token', ownerToken],
        ]),
      );
      return;
    }
    case 'inherited': {
      const { lease } = result.outcome.value;
      const by = lease === undefined ? '' : ` from ${describeHolder(lease)}`;
      await printLine(`${name}: ${style('green', 'inherited')}${by}`);
      return;
    }
    case 'held': {
      await printLine(`${name}: ${style('yellow', describeHeld(result.outcome.value))}`);
      const hint = ancestorHint(result.outcome.value, inherit);
      if (hint !== undefined) await printLine(`  ${hint}`);
      return;
    }
    case undefined:
      await printLine(`${name}: a newer daemon's answer; update tenure`);
  }
}
