import type { Fields } from './call_options.js';
import { SecretCommands } from './gen/tenure/secret/v1/secret.js';
import {
  BindEnvFileRequest,
  DeleteSecretRequest,
  ForgetRevocationRequest,
  KillSwitchRequest,
  LeaseSecretRequest,
  ListSecretsRequest,
  PutSecretRequest,
  RevokeSecretLeasesRequest,
  RotateSecretRequest,
  UpdateSecretRequest,
} from './gen/tenure/secret/v1/secret_service.js';
import type { RequestIds } from './request_ids.js';
import { complete } from './requests.js';
import type { Secrets } from './secrets.js';
import type { SingleCalls } from './single_calls.js';

/** Time for one source or one command, in milliseconds: several times what the daemon gives it by default. */
const ONE_COMMAND_MS = 120_000;
/** Time for the rotate commands of many secrets. */
const ROTATIONS_MS = 3_600_000;

/** See `Client.secrets`. */
export function secretCalls(calls: SingleCalls, requestIds: RequestIds): Secrets {
  return {
    initVault(options) {
      return calls.repeated(({ secrets }, ...rest) => secrets.initVault({}, ...rest), options);
    },
    putSecret({ commands, ...fields }, options) {
      const request = complete(PutSecretRequest, { ...fields, commands: completeCommands(commands) });
      const doubt = 'the secret may be there: `tenure secret list` shows it';
      return calls.once(({ secrets }, ...rest) => secrets.putSecret(request, ...rest), options, { doubt });
    },
    updateSecret({ commands, ...fields }, options) {
      const request = complete(UpdateSecretRequest, { ...fields, commands: completeCommands(commands) });
      const doubt = 'the secret may have been changed: `tenure secret list` shows its version';
      return calls.once(({ secrets }, ...rest) => secrets.updateSecret(request, ...rest), options, { doubt });
    },
    deleteSecret(fields, options) {
      const request = complete(DeleteSecretRequest, fields);
      return calls.working(({ secrets }, ...rest) => secrets.deleteSecret(request, ...rest), options, ONE_COMMAND_MS);
    },
    listSecrets(fields, options) {
      const request = complete(ListSecretsRequest, fields ?? {});
      return calls.repeated(({ secrets }, ...rest) => secrets.listSecrets(request, ...rest), options);
    },
    leaseSecret(fields, options) {
      const request = complete(LeaseSecretRequest, fields);
      // Without one, a repetition after a break would replace the first lease.
      request.requestId ||= requestIds.next();
      return calls.working(({ secrets }, ...rest) => secrets.leaseSecret(request, ...rest), options, ONE_COMMAND_MS);
    },
    revokeSecretLeases(fields, options) {
      const request = complete(RevokeSecretLeasesRequest, fields);
      return calls.repeated(({ secrets }, ...rest) => secrets.revokeSecretLeases(request, ...rest), options);
    },
    rotateSecret(fields, options) {
      const request = complete(RotateSecretRequest, fields);
      return calls.once(({ secrets }, ...rest) => secrets.rotateSecret(request, ...rest), options, {
        doubt: 'the rotation may have been done, or go on: `tenure secret list` shows the last one',
        workMs: ROTATIONS_MS,
      });
    },
    killSwitch(fields, options) {
      const request = complete(KillSwitchRequest, fields);
      return calls.once(({ secrets }, ...rest) => secrets.killSwitch(request, ...rest), options, {
        doubt:
          'the kill switch may have done its work, or be at it: `tenure audit --action secret` shows how far it is',
        workMs: ROTATIONS_MS,
      });
    },
    listRevocations(options) {
      return calls.repeated(({ secrets }, ...rest) => secrets.listRevocations({}, ...rest), options);
    },
    forgetRevocation(fields, options) {
      const request = complete(ForgetRevocationRequest, fields);
      return calls.repeated(({ secrets }, ...rest) => secrets.forgetRevocation(request, ...rest), options);
    },
    bindEnvFile(fields, options) {
      const request = complete(BindEnvFileRequest, fields);
      return calls.repeated(({ secrets }, ...rest) => secrets.bindEnvFile(request, ...rest), options);
    },
  };
}

function completeCommands(commands: Fields<SecretCommands> | undefined): SecretCommands | undefined {
  return commands === undefined ? undefined : complete(SecretCommands, commands);
}
