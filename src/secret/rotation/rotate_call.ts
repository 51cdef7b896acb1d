import type { RotateSecretRequest, RotateSecretResponse } from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { actorOf } from '../../rpc/actor.js';
import type { Peer } from '../../rpc/context.js';
import { invalid } from '../../rpc/request_checks.js';
import type { EventSink } from '../../telemetry/events.js';
import { announced, refusalAnnounced } from '../announce.js';
import { revokerOf } from '../revocation/revoke_call.js';
import { revokeIds } from '../revocation/revoking.js';
import type { SecretLeases } from '../secret_leases.js';
import { rotationMessage } from '../secret_message.js';
import { resourceOf } from '../secret_name_rules.js';
import { checkName } from '../secret_request.js';
import { demandVault } from '../vault/vault_missing.js';
import type { Vault } from '../vault/vault_port.js';
import { rotateMany, rotateOne } from './rotating.js';
import type { Rotations } from './rotation.js';
import type { RotationResult } from './rotation_result.js';

export interface RotateCallParts {
  readonly vault: Vault;
  readonly leases: SecretLeases;
  readonly rotations: Rotations;
  readonly events: EventSink;
}

type SeveralToRotate = Exclude<RotateSecretRequest['target'], { $case: 'name' }>;

/** Rotates what a caller asks for; tells of what is refused, and in sum of several. */
export async function rotateSecrets(
  parts: RotateCallParts,
  { target, revokeLeases }: RotateSecretRequest,
  peer: Peer,
): Promise<RotateSecretResponse> {
  const results =
    target?.$case === 'name'
      ? [await rotateNamed(parts, target.value, peer)]
      : await rotateSeveral(parts, target, peer);
  if (revokeLeases) {
    const rotated = results.filter(({ outcome }) => outcome === 'rotated');
    const ids = rotated.flatMap(({ name }) => parts.leases.idsOn(resourceOf(name)));
    await revokeIds(parts.leases, ids, revokerOf(peer, 'the secret was rotated'));
  }
  return { rotations: results.map(rotationMessage) };
}

function rotateNamed({ vault, rotations, events }: RotateCallParts, name: string, peer: Peer): Promise<RotationResult> {
  const metadata = { resource: resourceOf(name) };
  refusalAnnounced(events, peer, { action: 'secret.rotated', metadata }, () => {
    demandVault(vault);
    checkName('name', name);
  });
  return rotateOne(rotations, name, actorOf(peer));
}

function rotateSeveral(
  { vault, rotations, events }: RotateCallParts,
  target: SeveralToRotate,
  peer: Peer,
): Promise<readonly RotationResult[]> {
  const metadata = target === undefined ? {} : { [target.$case]: target.value };
  return announced(
    events,
    peer,
    { action: 'secret.rotations_finished', level: 'info', metadata },
    () => {
      demandVault(vault);
      return rotateMany(rotations, vault, namespaceOf(target), actorOf(peer));
    },
    (results) => ({
      rotated: results.filter(({ outcome }) => outcome === 'rotated').length,
      failed: results.filter(({ outcome }) => outcome === 'failed').length,
    }),
  );
}

/** The empty one has all. */
function namespaceOf(target: SeveralToRotate): string {
  switch (target?.$case) {
    case undefined:
      throw invalid('target', 'is not set; name what to rotate, or say all');
    case 'namespace':
      checkName('namespace', target.value);
      return target.value;
    case 'all':
      if (!target.value) throw invalid('all', 'must be true where it is set');
      return '';
  }
}
