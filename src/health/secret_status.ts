import type { HeartbeatStatus, SecretStatus } from '@tenure/client/gen/tenure/health/v1/health_service';
import { toTimestamp } from './proto_time.js';

/** How the remote heartbeat is. */
export interface HeartbeatFacts {
  /** Without credentials and query. */
  readonly url: string;
  /** In a row. */
  readonly failures: number;
  readonly failuresAllowed: number;
  /** Empty while it answers. */
  readonly lastFailure: string;
  /** Undefined: not in this run. */
  readonly lastSuccessWallMs: number | undefined;
  /** Undefined: not in this run. */
  readonly triggeredWallMs: number | undefined;
}

/** How the secrets are. */
export interface SecretFacts {
  readonly vaultInitialized: boolean;
  readonly secrets: number;
  readonly activeLeases: number;
  readonly pendingRevocations: number;
  /** Of the pending ones. */
  readonly irrevocable: number;
  /** Why no secret is lent now; empty where they are. */
  readonly sealed: string;
  /** Undefined where none is configured. */
  readonly heartbeat: HeartbeatFacts | undefined;
}

export function secretStatus({ heartbeat, ...facts }: SecretFacts): SecretStatus {
  const { vaultInitialized, secrets, activeLeases, pendingRevocations, irrevocable, sealed } = facts;
  return {
    vaultInitialized,
    secrets,
    activeLeases,
    pendingRevocations,
    irrevocable,
    sealed,
    heartbeat: heartbeat && heartbeatStatus(heartbeat),
  };
}

function heartbeatStatus(facts: HeartbeatFacts): HeartbeatStatus {
  const { url, failures, failuresAllowed, lastFailure, lastSuccessWallMs, triggeredWallMs } = facts;
  return {
    url,
    failures,
    failuresAllowed,
    lastFailure,
    lastSuccessTime: lastSuccessWallMs === undefined ? undefined : toTimestamp(lastSuccessWallMs),
    triggeredTime: triggeredWallMs === undefined ? undefined : toTimestamp(triggeredWallMs),
  };
}

/** What a person would call a change: leases come and go, and a heartbeat that answers does so again and again. */
export function secretOutline({ activeLeases: _, heartbeat, ...facts }: SecretFacts): unknown {
  if (heartbeat === undefined) return facts;
  const { lastSuccessWallMs: __, ...changing } = heartbeat;
  return { ...facts, heartbeat: changing };
}
