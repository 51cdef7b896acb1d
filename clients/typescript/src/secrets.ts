import type { CallOptions, Fields } from './call_options.js';
import type { SecretCommands } from './gen/tenure/secret/v1/secret.js';
import type {
  BindEnvFileRequest,
  BindEnvFileResponse,
  DeleteSecretRequest,
  DeleteSecretResponse,
  ForgetRevocationRequest,
  ForgetRevocationResponse,
  InitVaultResponse,
  KillSwitchRequest,
  KillSwitchResponse,
  LeaseSecretRequest,
  LeaseSecretResponse,
  ListRevocationsResponse,
  ListSecretsRequest,
  ListSecretsResponse,
  PutSecretRequest,
  PutSecretResponse,
  RevokeSecretLeasesRequest,
  RevokeSecretLeasesResponse,
  RotateSecretRequest,
  RotateSecretResponse,
  UpdateSecretRequest,
  UpdateSecretResponse,
} from './gen/tenure/secret/v1/secret_service.js';

interface CommandFields {
  readonly commands?: Fields<SecretCommands> | undefined;
}

/** A new secret, in the contract's own terms. */
export type PutSecretFields = Fields<Omit<PutSecretRequest, 'commands'>> & CommandFields;

/** A change of a secret, in the contract's own terms. */
export type UpdateSecretFields = Fields<Omit<UpdateSecretRequest, 'commands'>> & CommandFields;

/**
 * The contract's calls for secrets.
 *
 * Those that would do a second thing when made twice (`putSecret`,
 * `updateSecret`, `rotateSecret`, `killSwitch`) are not repeated when the
 * connection breaks under them: they throw UNREACHABLE, with `maybe_done` in
 * the metadata. The others are repeated.
 */
export interface Secrets {
  initVault(options?: CallOptions): Promise<InitVaultResponse>;
  putSecret(request: PutSecretFields, options?: CallOptions): Promise<PutSecretResponse>;
  updateSecret(request: UpdateSecretFields, options?: CallOptions): Promise<UpdateSecretResponse>;
  deleteSecret(request: Fields<DeleteSecretRequest>, options?: CallOptions): Promise<DeleteSecretResponse>;
  listSecrets(request?: Fields<ListSecretsRequest>, options?: CallOptions): Promise<ListSecretsResponse>;
  /** The one way to a value. A request id is made where none is given. */
  leaseSecret(request: Fields<LeaseSecretRequest>, options?: CallOptions): Promise<LeaseSecretResponse>;
  revokeSecretLeases(
    request: Fields<RevokeSecretLeasesRequest>,
    options?: CallOptions,
  ): Promise<RevokeSecretLeasesResponse>;
  /** May take as long as the rotate commands do; waits an hour where `timeoutMs` does not say otherwise. */
  rotateSecret(request: Fields<RotateSecretRequest>, options?: CallOptions): Promise<RotateSecretResponse>;
  /** Failures are in the answer. Waits an hour, as `rotateSecret`. */
  killSwitch(request: Fields<KillSwitchRequest>, options?: CallOptions): Promise<KillSwitchResponse>;
  listRevocations(options?: CallOptions): Promise<ListRevocationsResponse>;
  forgetRevocation(request: Fields<ForgetRevocationRequest>, options?: CallOptions): Promise<ForgetRevocationResponse>;
  bindEnvFile(request: Fields<BindEnvFileRequest>, options?: CallOptions): Promise<BindEnvFileResponse>;
}
