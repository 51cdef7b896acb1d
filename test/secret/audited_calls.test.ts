import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BindEnvFileRequest,
  DeleteSecretRequest,
  ForgetRevocationRequest,
  InitVaultRequest,
  KillSwitchRequest,
  LeaseSecretRequest,
  ListRevocationsRequest,
  ListSecretsRequest,
  PutSecretRequest,
  RevokeSecretLeasesRequest,
  RotateSecretRequest,
  type SecretServiceService,
  UpdateSecretRequest,
} from '@tenure/client/gen/tenure/secret/v1/secret_service';
import type { Secrets } from '../../src/secret/create_secrets.js';
import type { TenureEvent } from '../../src/telemetry/events.js';
import { contextOf, isRefusal } from '../lease/room.js';
import { SecretRoom } from './secret_room.js';

const NOTHING = new Uint8Array();
const CONTEXT = contextOf(process.pid);
type Handlers = Secrets['handlers'];

/** Each method with a request that has nothing in it, which most of them refuse. */
const EMPTY_CALLS: Readonly<Record<keyof SecretServiceService, (handlers: Handlers) => unknown>> = {
  initVault: ({ initVault }) => initVault.run(InitVaultRequest.decode(NOTHING), CONTEXT),
  putSecret: ({ putSecret }) => putSecret.run(PutSecretRequest.decode(NOTHING), CONTEXT),
  updateSecret: ({ updateSecret }) => updateSecret.run(UpdateSecretRequest.decode(NOTHING), CONTEXT),
  deleteSecret: ({ deleteSecret }) => deleteSecret.run(DeleteSecretRequest.decode(NOTHING), CONTEXT),
  listSecrets: ({ listSecrets }) => listSecrets.run(ListSecretsRequest.decode(NOTHING), CONTEXT),
  leaseSecret: ({ leaseSecret }) => leaseSecret.run(LeaseSecretRequest.decode(NOTHING), CONTEXT),
  revokeSecretLeases: ({ revokeSecretLeases }) =>
    revokeSecretLeases.run(RevokeSecretLeasesRequest.decode(NOTHING), CONTEXT),
  rotateSecret: ({ rotateSecret }) => rotateSecret.run(RotateSecretRequest.decode(NOTHING), CONTEXT),
  killSwitch: ({ killSwitch }) => killSwitch.run(KillSwitchRequest.decode(NOTHING), CONTEXT),
  listRevocations: ({ listRevocations }) => listRevocations.run(ListRevocationsRequest.decode(NOTHING), CONTEXT),
  forgetRevocation: ({ forgetRevocation }) => forgetRevocation.run(ForgetRevocationRequest.decode(NOTHING), CONTEXT),
  bindEnvFile: ({ bindEnvFile }) => bindEnvFile.run(BindEnvFileRequest.decode(NOTHING), CONTEXT),
};

function rotate(room: SecretRoom, target: RotateSecretRequest['target']): Promise<unknown> {
  return Promise.resolve(room.secrets.handlers.rotateSecret.run({ target, revokeLeases: false }, CONTEXT));
}

function last(room: SecretRoom): TenureEvent | undefined {
  return room.events.at(-1);
}

describe('every call on secrets is told of, with who made it', () => {
  for (const [name, call] of Object.entries(EMPTY_CALLS)) {
    test(name, async (t) => {
      const room = await SecretRoom.open(t);
      let refused = false;
      try {
        await call(room.secrets.handlers);
      } catch {
        refused = true;
      }
      const [told, ...more] = room.events;
      assert.match(told?.action ?? '', /^secret\./);
      assert.deepEqual(more, []);
      assert.equal(told?.success, !refused);
      assert.equal(told?.actor?.pid, process.pid);
    });
  }
});

test('a rotation that is refused before it begins is told of once, whatever it was to be of', async (t) => {
  const room = await SecretRoom.open(t);
  await assert.rejects(rotate(room, { $case: 'name', value: 'no//name' }), isRefusal('INVALID_FIELD'));
  await assert.rejects(rotate(room, { $case: 'name', value: 'nothing' }), isRefusal('SECRET_NOT_FOUND'));
  await assert.rejects(rotate(room, { $case: 'all', value: false }), isRefusal('INVALID_FIELD'));
  await room.vault.wipe();
  await assert.rejects(rotate(room, { $case: 'name', value: 'nothing' }), isRefusal('VAULT_NOT_INITIALIZED'));
  await assert.rejects(rotate(room, { $case: 'all', value: true }), isRefusal('VAULT_NOT_INITIALIZED'));
  const told = room.events.map(({ action, success, metadata }) => [action, success, metadata['reason']]);
  assert.deepEqual(told, [
    ['secret.rotated', false, 'INVALID_FIELD'],
    ['secret.rotated', false, 'SECRET_NOT_FOUND'],
    ['secret.rotations_finished', false, 'INVALID_FIELD'],
    ['secret.rotated', false, 'VAULT_NOT_INITIALIZED'],
    ['secret.rotations_finished', false, 'VAULT_NOT_INITIALIZED'],
  ]);
});

test('a rotation of several is told of, also where none of them has a command', async (t) => {
  const room = await SecretRoom.open(t);
  await room.putValue('team/plain', 'v');
  await rotate(room, { $case: 'namespace', value: 'team' });
  assert.deepEqual(last(room)?.metadata, { namespace: 'team', rotated: 0, failed: 0 });
  await room.putValue('team/good', 'v', { rotate: 'echo new' });
  await room.putValue('team/bad', 'v', { rotate: 'exit 3' });
  await rotate(room, { $case: 'all', value: true });
  assert.deepEqual(last(room)?.metadata, { all: true, rotated: 1, failed: 1 });
});

test('giving up on a revocation says of which secret it was, or that there was none', async (t) => {
  const room = await SecretRoom.open(t);
  await room.putValue('team/token', 'v', { onRevoke: 'exit 3' });
  const { lease } = await room.lease('team/token', { clientId: 'ci' });
  const { handlers } = room.secrets;
  const target = { target: { $case: 'all', value: true } } as const;
  await handlers.revokeSecretLeases.run({ target, reason: '' }, CONTEXT);
  const leaseId = lease?.leaseId ?? '';
  await handlers.forgetRevocation.run({ leaseId }, CONTEXT);
  const { resource, clientId, found } = last(room)?.metadata ?? {};
  assert.deepEqual([resource, clientId, found], ['secret/team/token', 'ci', undefined]);
  await handlers.forgetRevocation.run({ leaseId }, CONTEXT);
  assert.deepEqual(last(room)?.metadata, { leaseId, found: false });
});
