import type { Revocation } from '@tenure/client/gen/tenure/secret/v1/secret';
import type {
  BindEnvFileRequest,
  BindEnvFileResponse,
  SecretServiceService,
} from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { actorOf } from '../rpc/actor.js';
import type { CallContext } from '../rpc/context.js';
import { type HandlersFor, unary } from '../rpc/handlers.js';
import { Refusal } from '../rpc/refusal.js';
import { invalid } from '../rpc/request_checks.js';
import type { EventSink, TenureEvent } from '../telemetry/events.js';
import { announced, refusalAnnounced } from './announce.js';
import type { EnvFiles } from './env_files/env_files.js';
import type { KillSwitch } from './kill_switch/kill_switch.js';
import type { Lending } from './lending.js';
import type { Revocations } from './revocation/revocations.js';
import { aboutTarget, revokeLeases, revokerOf } from './revocation/revoke_call.js';
import { rotateSecrets } from './rotation/rotate_call.js';
import type { Rotations } from './rotation/rotation.js';
import type { SecretLeases } from './secret_leases.js';
import { revocationMessage, rotationMessage } from './secret_message.js';
import { resourceOf } from './secret_name_rules.js';
import { checkReason } from './secret_request.js';
import type { Shelf } from './shelf.js';
import type { Vault } from './vault/vault_port.js';

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
          aboutTarget(request),
          () => revokeLeases(parts, request, context.peer),
          ({ revoked }) => ({ revokedLeases: revoked.length }),
        ),
      { role: 'operator' },
    ),
    // Which tells of itself, and of each rotation.
    rotateSecret: unary((request, context) => rotateSecrets(parts, request, context.peer), { role: 'operator' }),
    // And so does the kill switch, of all its steps.
    killSwitch: unary(
      ({ revokeAll, rotateAll, wipeVault, reason }, { peer }) => {
        const metadata = { revokeAll, rotateAll, wipeVault };
        refusalAnnounced(parts.events, peer, { action: 'secret.kill_switch_pulled', metadata }, () => {
          checkReason(reason);
          if (!revokeAll && !rotateAll && !wipeVault) {
            throw invalid('revoke_all', 'is false, and so are rotate_all and wipe_vault; say what to do');
          }
        });
        const orders = { revokeAll, rotateAll, wipeVault, reason, uid: peer.uid, actor: actorOf(peer) };
        return killSwitch.pull(orders).then((result) => ({
          ...result,
          rotations: result.rotations.map(rotationMessage),
          failures: [...result.failures],
        }));
      },
      { role: 'operator' },
    ),
    listRevocations: unary(
      (_request, { peer }) =>
        announced(parts.events, peer, { action: 'secret.revocations_listed', level: 'debug', metadata: {} }, () => ({
          revocations: revocations.list().map(revocationMessage),
        })),
      { role: 'viewer' },
    ),
    forgetRevocation: unary(
      ({ leaseId }, context) =>
        told(
          context,
          'secret.revocation_forgotten',
          { leaseId },
          async () => {
            const forgotten = await revocations.forget(leaseId);
            return { forgotten: forgotten && revocationMessage(forgotten) };
          },
          ({ forgotten }) => aboutForgotten(forgotten),
        ),
      { role: 'operator' },
    ),
    bindEnvFile: unary(
      (request, context) =>
        told(context, 'secret.env_file_bound', { path: request.path }, () => bindEnvFile(parts, request, context)),
      { role: 'client' },
    ),
  };
}

/** There need not have been one. */
function aboutForgotten(forgotten: Revocation | undefined): TenureEvent['metadata'] {
  if (forgotten === undefined) return { found: false };
  const { name, clientId, attempts } = forgotten;
  return { resource: resourceOf(name), clientId, attempts };
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
