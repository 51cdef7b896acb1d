import { isUtf8 } from 'node:buffer';
import {
  type KillSwitchResponse,
  type LeaseSecretResponse,
  type Revocation,
  type Rotation,
  RotationOutcome,
  type Secret,
  type SecretCommands,
} from '@tenure/client';
import { enumWord, optional, timestampJson } from '../json_values.js';
import { type Json, leaseJson } from '../lease/lease_json.js';

/** All but the value, which a Secret does not have. */
export function secretJson(secret: Secret): Json {
  return {
    name: secret.name,
    source: secret.source,
    version: secret.version.toString(),
    activeLeases: secret.activeLeases,
    ...optional('createTime', secret.createTime, timestampJson),
    ...optional('updateTime', secret.updateTime, timestampJson),
    ...optional('rotateTime', secret.rotateTime, timestampJson),
    ...optional('commands', secret.commands, commandsJson),
  };
}

/** Those that there are. */
function commandsJson({ rotate, onRotate, onRevoke, onDelete }: SecretCommands): Json {
  return Object.fromEntries(Object.entries({ rotate, onRotate, onRevoke, onDelete }).filter(([, text]) => text !== ''));
}

export function revocationJson(revocation: Revocation): Json {
  return {
    leaseId: revocation.leaseId,
    name: revocation.name,
    clientId: revocation.clientId,
    ...optional('revokeTime', revocation.revokeTime, timestampJson),
    attempts: revocation.attempts,
    ...optional('nextAttemptTime', revocation.nextAttemptTime, timestampJson),
    ...textJson('lastFailure', revocation.lastFailure),
    irrevocable: revocation.irrevocable,
  };
}

/** A value that is no text goes as base64. */
export function leasedSecretJson(name: string, leased: LeaseSecretResponse): Json {
  const { value, lease, ownerToken, version, replaced } = leased;
  return {
    name,
    ...(isUtf8(value) ? { value: value.toString('utf8') } : { valueBase64: value.toString('base64') }),
    version: version.toString(),
    replaced,
    ...optional('lease', lease, leaseJson),
    token: ownerToken,
    ...optional('expireTime', lease?.expireTime, timestampJson),
  };
}

export function rotationJson(rotation: Rotation): Json {
  return {
    name: rotation.name,
    outcome: enumWord(RotationOutcome, rotation.outcome),
    version: rotation.version.toString(),
    ...textJson('failure', rotation.failure),
  };
}

export function killSwitchJson(result: KillSwitchResponse): Json {
  return {
    revokedLeases: result.revokedLeases,
    rotations: result.rotations.map(rotationJson),
    vaultWiped: result.vaultWiped,
    failures: result.failures.map(({ step, name, message }) => ({ step, ...textJson('name', name), message })),
  };
}

function textJson(name: string, text: string): Json {
  return text === '' ? {} : { [name]: text };
}
