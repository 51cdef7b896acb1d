import { constants } from 'node:os';
import type { HeldLease, Hold, YieldRequest } from '@tenure/client';
import { signalGroup, signalProcess } from '@tenure/client/command';
import { UsageFailure } from '../failure.js';
import { describeProcess } from '../lease/lease_text.js';
import { warn } from '../output.js';
import { printable } from '../style.js';

/** The command, and what it gets when somebody wants its lease. */
export interface YieldingCommand {
  readonly pid: number;
  /** Whether it leads a process group of its own. */
  readonly ownGroup: boolean;
  /** Undefined: the wish is only said. */
  readonly signal: NodeJS.Signals | undefined;
}

/** Says that somebody wants the lease, and passes it on to the command as a signal. Returns how to stop that. */
export function watchYieldWishes(hold: Hold, leases: readonly HeldLease[], command: YieldingCommand): () => void {
  const heard = new Set<YieldRequest>();
  const hear = (request: YieldRequest, lease: HeldLease): void => {
    if (!leases.includes(lease) || heard.has(request)) return;
    heard.add(request);
    const why = request.reason === '' ? '' : `: ${printable(request.reason)}`;
    const how = command.signal === undefined ? '' : `; sending ${command.signal} to the command`;
    warn(`tenure: ${describeProcess(request.requester)} asks to give ${printable(request.resource)} back${why}${how}`);
    if (command.signal === undefined) return;
    if (command.ownGroup) signalGroup(command.pid, command.signal);
    else signalProcess(command.pid, command.signal);
  };
  const stop = hold.onYieldRequested(hear);
  // Between the grant and this moment it was told to nobody.
  for (const lease of leases) if (lease.yieldRequest !== undefined) hear(lease.yieldRequest, lease);
  return stop;
}

/** For `--on-yield`: `TERM` or `SIGTERM`. */
export function parseSignal(text: string): NodeJS.Signals {
  const name = text.toUpperCase().replace(/^(?!SIG)/, 'SIG');
  if (isSignal(name)) return name;
  throw new UsageFailure(`'${text}' is no signal; write one such as TERM or USR1`);
}

function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name);
}
