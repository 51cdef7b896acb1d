import type { Handover } from '@tenure/client/gen/tenure/lease/v1/lease';

/** Who may acquire; unset parts allow all. */
export interface AllowRule {
  readonly uids: readonly number[];
}

/** What the configuration says of the resources that a pattern selects. */
export interface LeasePolicy {
  /** `*` stands for one segment, a `**` at the end for all that follows. */
  readonly pattern: string;
  readonly defaultTtlMs: number;
  readonly maxTtlMs: number;
  /** Unset: the first live request decides. */
  readonly capacity: number | undefined;
  readonly handover: Handover;
  /** Default and upper bound of max_hold. Unset: no limit. */
  readonly maxHoldMs: number | undefined;
  /** Unset: everybody who may take leases at all. */
  readonly allow: AllowRule | undefined;
}

/** The first pattern that matches decides; else the defaults. */
export class PolicyTable {
  readonly #policies: readonly { readonly segments: readonly string[]; readonly policy: LeasePolicy }[];
  readonly #defaults: LeasePolicy;

  constructor(policies: readonly LeasePolicy[], defaults: LeasePolicy) {
    this.#policies = policies.map((policy) => ({ segments: policy.pattern.split('/'), policy }));
    this.#defaults = defaults;
  }

  of(resource: string): LeasePolicy {
    for (const { segments, policy } of this.#policies) if (matchesSegments(segments, resource)) return policy;
    return this.#defaults;
  }
}

/** Whether a pattern, taken apart, selects a resource. */
function matchesSegments(wanted: readonly string[], resource: string): boolean {
  const [first] = wanted;
  // Most patterns differ in their first segment: no need to take the resource apart.
  if (first !== undefined && first !== '*' && first !== '**' && !resource.startsWith(first)) return false;
  const given = resource.split('/');
  for (const [index, segment] of wanted.entries()) {
    if (segment === '**' && index === wanted.length - 1) return given.length >= index;
    const other = given[index];
    if (other === undefined || (segment !== '*' && segment !== other)) return false;
  }
  return given.length === wanted.length;
}
