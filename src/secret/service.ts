import type {
  BindEnvFileRequest,
  BindEnvFileResponse,
  RevokeSecretLeasesRequest,
  RevokeSecretLeasesResponse,
  RotateSecretRequest,
  RotateSecretResponse,
  SecretServiceService,
} from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { actorOf } from '../rpc/actor.js';
import type { CallContext, Peer } from '../rpc/context.js';
import { type HandlersFor, unary } from '../rpc/handlers.js';
import { Refusal } from '../rpc/refusal.js';
import { checkText, invalid } from '../rpc/request_checks.js';
import type { EventSink, TenureEvent } from '../telemetry/events.js';
import { announced } from './announce.js';
import { secretOf } from './document_rules.js';
import type { EnvFiles } from './env_files.js';
import type { KillSwitch } from './kill_switch.js';
import type { Lending } from './lending.js';
import type { Revocations } from './revocations.js';
import { revokeIds } from './revoking.js';
import { rotateMany, rotateOne } from './rotating.js';
import type { Rotations } from './rotation.js';
import type { SecretLeases, SecretRevoker } from './secret_leases.js';
import { revocationMessage, rotationMessage } from './secret_message.js';
import { resourceOf } from './secret_name_rules.js';
import { checkName } from './secret_request.js';
import type { Shelf } from './shelf.js';
import { vaultMissing } from './vault_missing.js';
import type { Vault } from './vault_port.js';

/** As long as a reason of the leases may be. */
const MAX_REASON_BYTES = 1_024;

export interface SecretServiceParts {
  readonly vault: Vault;
  readonly leases: SecretLeases;
  readonly shelf: Shelf;
  readonly lending: Lending;
  readonly rotations: Rotations;
  readonly revocations: Revocations;
  readonly killSwitch: KillSwitch;
  readonly envFiles: EnvFiles;
  readonly events: EventSink;
  /** Only this user may have files removed. */
  readonly ownUid: number;
}

/** tenure.secret.v1.SecretService: tells of every call, calls, answers. */
export function secretHandlers(parts: SecretServiceParts): HandlersFor<typeof SecretServiceService> {
  const { vault, shelf, lending, revocations, killSwitch } = parts;
  const told = <T>(
    { peer }: CallContext,
    action: string,
    metadata: TenureEvent['metadata'],
    work: () => T | Promise<T>,
    more?: (value: T) => TenureEvent['metadata'],
  ): Promise<T> => announced(parts.events, peer, { action, level: 'info', metadata }, work, more);
  return {
    initVault: unary(
      (_request, context) =>
        told(
          context,
          'secret.vault_initialized',
          {},
          async () => {
            const created = await vault.init();
            return { created, recipient: vault.recipient ?? '' };
          },
          ({ created }) => ({ created }),
        ),
      { role: 'operator' },
    ),
    putSecret: unary(
      (request, context) =>
        told(context, 'secret.put', { resource: resourceOf(request.name) }, async () => ({
          secret: await shelf.put(request),
        })),
      { role: 'operator' },
    ),
    updateSecret: unary(
      (request, context) =>
        told(context, 'secret.updated', { resource: resourceOf(request.name) }, async () => ({
          secret: await shelf.update(request),
        })),
      { role: 'operator' },
    ),
    deleteSecret: unary(
      (request, context) =>
        told(
          context,
          'secret.deleted',
          { resource: resourceOf(request.name) },
          () => shelf.remove(request, revokerOf(context.peer, 'the secret was deleted')),
          ({ revokedLeases, hookFailure }) => ({ revokedLeases, ...(hookFailure === '' ? {} : { hookFailure }) }),
        ),
      { role: 'operator' },
    ),
    listSecrets: unary(
      (request, { peer }) =>
        announced(
          parts.events,
          peer,
          { action: 'secret.listed', level: 'debug', metadata: { namespace: request.namespace } },
          () => shelf.list(request),
        ),
      { role: 'viewer' },
    ),
    leaseSecret: unary(
      (request, context) =>
        announced(
          parts.events,
          context.peer,
          {
            action: 'secret.leased',
            level: 'debug',
            metadata: { resource: resourceOf(request.name), clientId: request.clientId },
          },
          () => lending.lend(request, context),
          ({ lease, version }) => ({
            leaseId: lease?.leaseId ?? '',
            clientId: lease?.clientId ?? '',
            version: Number(version),
          }),
        ),
      { role: 'client' },
    ),
    revokeSecretLeases: unary(
      (request, context) =>
        told(
          context,
          'secret.leases_revoked',
          targetOf(request),
          () => revoke(parts, request, context),
          ({ revoked }) => ({ revokedLeases: revoked.length }),
        ),
      { role: 'operator' },
    ),
    // Each rotation tells of itself.
    rotateSecret: unary((request, context) => rotate(parts, request, context), { role: 'operator' }),
    // And so does the kill switch, of all its steps.
    killSwitch: unary(
      ({ revokeAll, rotateAll, wipeVault, reason }, { peer }) => {
        checkText('reason', reason, MAX_REASON_BYTES);
        if (!revokeAll && !rotateAll && !wipeVault) {
          throw invalid('revoke_all', 'is false, and so are rotate_all and wipe_vault; say what to do');
        }
        const orders = { revokeAll, rotateAll, wipeVault, reason, uid: peer.uid, actor: actorOf(peer) };
        return killSwitch.pull(orders).then((result) => ({
          ...result,
          rotations: result.rotations.map(rotationMessage),
          failures: [...result.failures],
        }));
      },
      { role: 'operator' },
    ),
    listRevocations: unary(() => ({ revocations: revocations.list().map(revocationMessage) }), { role: 'viewer' }),
    forgetRevocation: unary(
      ({ leaseId }, context) =>
        told(context, 'secret.revocation_forgotten', { leaseId }, async () => {
          const forgotten = await revocations.forget(leaseId);
          return { forgotten: forgotten && revocationMessage(forgotten) };
        }),
      { role: 'operator' },
    ),
    bindEnvFile: unary(
      (request, context) =>
        told(context, 'secret.env_file_bound', { path: request.path }, () => bindEnvFile(parts, request, context)),
      { role: 'client' },
    ),
  };
}

function revokerOf(peer: Peer, reason: string): SecretRevoker {
  return { uid: peer.uid, reason, actor: actorOf(peer) };
}

function targetOf({ target }: RevokeSecretLeasesRequest): TenureEvent['metadata'] {
  const wanted = target?.target;
  switch (wanted?.$case) {
    case undefined:
      return {};
    case 'name':
      return { resource: resourceOf(wanted.value) };
    case 'leaseId':
      return { leaseId: wanted.value };
    case 'clientId':
      return { clientId: wanted.value };
    case 'namespace':
      return { namespace: wanted.value };
    case 'all':
      return { all: wanted.value };
  }
}

async function revoke(
  { leases, vault }: SecretServiceParts,
  { target, reason }: RevokeSecretLeasesRequest,
  { peer }: CallContext,
): Promise<RevokeSecretLeasesResponse> {
  checkText('reason', reason, MAX_REASON_BYTES);
  const revoker = revokerOf(peer, reason);
  const wanted = target?.target;
  switch (wanted?.$case) {
    case undefined:
      throw invalid('target', 'is not set; name what to revoke, or say all');
    case 'name':
      checkName('name', wanted.value);
      // A typo in an emergency must not look like success.
      if (leases.idsOn(resourceOf(wanted.value)).length === 0) secretOf(vault.document, wanted.value);
      return { revoked: [...(await revokeIds(leases, leases.idsOn(resourceOf(wanted.value)), revoker))] };
    case 'namespace':
      checkName('namespace', wanted.value);
      return { revoked: [...(await revokeIds(leases, leases.idsBelow(resourceOf(wanted.value)), revoker))] };
    case 'leaseId':
    case 'clientId':
    case 'all':
      return { revoked: [...(await leases.revoke(wanted, revoker))] };
  }
}

async function rotate(
  { vault, leases, rotations }: SecretServiceParts,
  { target, revokeLeases }: RotateSecretRequest,
  { peer }: CallContext,
): Promise<RotateSecretResponse> {
  if (vault.recipient === undefined) throw vaultMissing();
  const actor = actorOf(peer);
  const results = await (async () => {
    switch (target?.$case) {
      case undefined:
        throw invalid('target', 'is not set; name what to rotate, or say all');
      case 'name':
        checkName('name', target.value);
        return [await rotateOne(rotations, target.value, actor)];
      case 'namespace':
        checkName('namespace', target.value);
        return rotateMany(rotations, vault, target.value, actor);
      case 'all':
        if (!target.value) throw invalid('all', 'must be true where it is set');
        return rotateMany(rotations, vault, '', actor);
    }
  })();
  if (revokeLeases) {
    const rotated = results.filter(({ outcome }) => outcome === 'rotated');
    const ids = rotated.flatMap(({ name }) => leases.idsOn(resourceOf(name)));
    await revokeIds(leases, ids, revokerOf(peer, 'the secret was rotated'));
  }
  return { rotations: results.map(rotationMessage) };
}

async function bindEnvFile(
  { leases, envFiles, ownUid }: SecretServiceParts,
  { path, marker, ownerTokens }: BindEnvFileRequest,
  { peer }: CallContext,
): Promise<BindEnvFileResponse> {
  if (peer.uid !== ownUid) {
    throw new Refusal('ENV_FILE_INVALID', `only uid ${ownUid}, whose daemon this is, can have its files removed`);
  }
  if (ownerTokens.length === 0) throw invalid('owner_tokens', 'is empty; name the leases of the file');
  const leaseIds = ownerTokens.map((token) => {
    const lease = leases.owned(token);
    if (lease === undefined) throw new Refusal('LEASE_ENDED', 'a lease of the file has ended; lease its secret anew');
    return lease.leaseId;
  });
  const bound = await envFiles.bind(path, marker, leaseIds);
  return { envFile: { path: bound.path, leaseIds: [...bound.leaseIds] } };
}
