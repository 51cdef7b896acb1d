import { Handover } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { LeasePolicy } from '../lease/policy.js';
import { PolicyTable } from '../lease/policy.js';
import type { Config, HandoverName, PolicyRule } from './config/config.js';

const HANDOVERS: Readonly<Record<HandoverName, Handover>> = {
  grant: Handover.GRANT,
  wait: Handover.WAIT,
  terminate: Handover.TERMINATE,
};

function toPolicy(rule: PolicyRule): LeasePolicy {
  return {
    pattern: rule.pattern,
    defaultTtlMs: rule.defaultTtlMs,
    maxTtlMs: rule.maxTtlMs,
    capacity: rule.capacity,
    handover: HANDOVERS[rule.handover],
    maxHoldMs: rule.maxHoldMs,
    allow: rule.allow === undefined ? undefined : { uids: rule.allow },
  };
}

/** The configuration's rules for leases, as the lease manager looks them up. */
export function policyTable({ leases, sessions, agents }: Config): PolicyTable {
  const everythingElse: PolicyRule = {
    pattern: '',
    defaultTtlMs: leases.defaultTtlMs,
    maxTtlMs: leases.maxTtlMs,
    capacity: undefined,
    handover: 'grant',
    maxHoldMs: undefined,
    allow: undefined,
  };
  const limited = sessions.agents.map(({ name, limit }) => ({ pattern: `agent/${name}`, capacity: limit }));
  for (const { name, concurrency } of agents) {
    if (concurrency !== undefined) limited.push({ pattern: `agent/${name}`, capacity: concurrency });
  }
  if (sessions.limit !== undefined) limited.push({ pattern: 'sessions', capacity: sessions.limit });
  const sessionRules = limited.map((rule) => ({ ...everythingElse, ...rule }));
  // First: no pattern of the user's that is wider takes a limit away.
  return new PolicyTable([...sessionRules, ...leases.policies].map(toPolicy), toPolicy(everythingElse));
}
