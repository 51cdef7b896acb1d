import type { Revocation, Rotation, Secret } from '@tenure/client/gen/tenure/secret/v1/secret';
import { RotationOutcome } from '@tenure/client/gen/tenure/secret/v1/secret';
import { timestampOfMs } from '../rpc/durations.js';
import { isIrrevocable } from './revocation/revocation_rules.js';
import type { RotationResult } from './rotation/rotation_result.js';
import type { StoredRevocation, StoredSecret } from './vault/vault_document.js';

/** All of a secret but its value. */
export function secretMessage(secret: StoredSecret, activeLeases: number): Secret {
  return {
    name: secret.name,
    source: secret.source,
    version: BigInt(secret.version),
    createTime: timestampOfMs(secret.createWallMs),
    updateTime: timestampOfMs(secret.updateWallMs),
    rotateTime: secret.rotateWallMs === undefined ? undefined : timestampOfMs(secret.rotateWallMs),
    activeLeases,
    commands: { ...secret.hooks },
  };
}

const OUTCOMES: Readonly<Record<RotationResult['outcome'], RotationOutcome>> = {
  rotated: RotationOutcome.ROTATED,
  failed: RotationOutcome.FAILED,
  'not-configured': RotationOutcome.NOT_CONFIGURED,
};

export function rotationMessage({ name, outcome, failure, version }: RotationResult): Rotation {
  return { name, outcome: OUTCOMES[outcome], failure, version: BigInt(version) };
}

export function revocationMessage(revocation: StoredRevocation): Revocation {
  return {
    leaseId: revocation.leaseId,
    name: revocation.name,
    clientId: revocation.clientId,
    revokeTime: timestampOfMs(revocation.revokeWallMs),
    attempts: revocation.attempts,
    nextAttemptTime: timestampOfMs(revocation.nextAttemptWallMs),
    lastFailure: revocation.lastFailure,
    irrevocable: isIrrevocable(revocation.attempts),
  };
}
