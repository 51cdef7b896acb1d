import type { DaemonStatus } from '@tenure/client';
import { optional, timestampJson } from './json_values.js';
import { describeAge } from './lease/lease_text.js';
import { printable, style } from './style.js';

type SecretStatus = NonNullable<DaemonStatus['secrets']>;
type HeartbeatStatus = NonNullable<SecretStatus['heartbeat']>;

/** A row on the vault, and one more for each matter that there is something to say of. */
export function secretRows(secrets: SecretStatus, nowMs: number): readonly [string, string][] {
  const { vaultInitialized, activeLeases, pendingRevocations, irrevocable, sealed, heartbeat } = secrets;
  const leases = activeLeases === 1 ? '1 lease' : `${activeLeases} leases`;
  const noVault = activeLeases === 0 ? 'no vault' : `no vault, ${leases}`;
  const rows: [string, string][] = [
    ['secrets', vaultInitialized ? `${secrets.secrets}, ${leases}, vault ready` : noVault],
  ];
  if (sealed !== '') rows.push(['sealed', `${style('red', 'no secret is lent')}: ${printable(sealed)}`]);
  if (pendingRevocations > 0) {
    const given = irrevocable === 0 ? '' : `, ${style('red', `${irrevocable} irrevocable`)}`;
    rows.push(['revocations', `${pendingRevocations} pending${given}`]);
  }
  if (heartbeat !== undefined) rows.push(['heartbeat', describeHeartbeat(heartbeat, nowMs)]);
  return rows;
}

function describeHeartbeat(heartbeat: HeartbeatStatus, nowMs: number): string {
  const { failures, failuresAllowed, lastFailure, lastSuccessTime, triggeredTime } = heartbeat;
  const url = printable(heartbeat.url);
  const pulled = triggeredTime === undefined ? '' : `; pulled the kill switch ${describeAge(triggeredTime, nowMs)}`;
  if (failures > 0) {
    const times = failures === 1 ? 'failed once' : `failed ${failures} times in a row`;
    const count = failures < failuresAllowed ? `failed, ${failures} of ${failuresAllowed}` : times;
    return `${url} ${style('red', count)}: ${printable(lastFailure)}${pulled}`;
  }
  if (lastSuccessTime === undefined) return `${url} has not answered yet${pulled}`;
  return `${url} answered ${describeAge(lastSuccessTime, nowMs)}${pulled}`;
}

export function secretsJson({ heartbeat, ...counts }: SecretStatus): Readonly<Record<string, unknown>> {
  const { vaultInitialized, secrets, activeLeases, pendingRevocations, irrevocable, sealed } = counts;
  return {
    vaultInitialized,
    secrets,
    activeLeases,
    pendingRevocations,
    irrevocable,
    sealed,
    ...optional('heartbeat', heartbeat, ({ url, failures, failuresAllowed, lastFailure, ...times }) => ({
      url,
      failures,
      failuresAllowed,
      lastFailure,
      ...optional('lastSuccessTime', times.lastSuccessTime, timestampJson),
      ...optional('triggeredTime', times.triggeredTime, timestampJson),
    })),
  };
}
