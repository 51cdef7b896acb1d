import type { LeaseHeld } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Peer } from '../rpc/context.js';

/** What a session needs for as long as any process of it lives. */
export interface SessionLeaseWish {
  /** Of its directory; undefined: it is launched without. */
  readonly directory: string | undefined;
  /** Resources of limited capacity, such as `agent/claude-code`; the policies say how many may hold each. */
  readonly limits: readonly string[];
  readonly sessionId: string;
  /** The main process first, then the shim. */
  readonly pids: readonly number[];
  readonly inheritTokens: readonly string[];
  readonly reason: string;
}

export type SessionLeaseOutcome =
  | {
      readonly kind: 'taken';
      readonly leaseIds: readonly string[];
      /** For the session's own children: of what was taken, and of what it runs under. */
      readonly inheritTokens: readonly string[];
      /** Gives all of it back at once, where no session comes of it. */
      readonly release: () => Promise<void>;
    }
  | { readonly kind: 'held'; readonly resource: string; readonly held: LeaseHeld };

/** What sessions need of leases. The daemon's composition hands it in. */
export interface SessionLeases {
  /** All or none, attached to the session's processes, which alone keep them. Rejects with a Refusal. */
  take(wish: SessionLeaseWish, peer: Peer): Promise<SessionLeaseOutcome>;
}

/** Resources of limited capacity that a session of an adapter, or of a configured agent, needs. */
export function limitedResources(
  name: string,
  { limited, limitedAgents }: { readonly limited: boolean; readonly limitedAgents: readonly string[] },
): readonly string[] {
  return [...(limitedAgents.includes(name) ? [`agent/${name}`] : []), ...(limited ? ['sessions'] : [])];
}
