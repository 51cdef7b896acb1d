import { type RotateSecretRequest, type Rotation, RotationOutcome } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { UsageFailure } from '../failure.js';
import { printJson, printLine } from '../output.js';
import { rotationJson } from './secret_json.js';
import { describeRotations } from './secret_text.js';

interface RotateOptions {
  readonly namespace?: string;
  readonly all?: boolean;
  readonly revokeLeases?: boolean;
  readonly json?: boolean;
}

const DETAILS = `
Runs the command that the secret was given with --rotate. Of several secrets,
those without one are left alone. Exit code 1: a rotation failed, and the old
value stands; or what runs after one failed.

Examples:
  tenure secret rotate db-password --revoke-leases
  tenure secret rotate --namespace team
  tenure secret rotate --all --json | jq -r '.rotations[] | select(.outcome == "failed").name'`;

export function rotateCommand(): Command {
  return new Command('rotate')
    .summary('make new values')
    .description('Make new values. Say of what: a name, or one of --namespace and --all.')
    .argument('[name]', 'this secret')
    .option('--namespace <namespace>', 'those of this namespace, and of those below it')
    .option('--all', 'all there are')
    .option('--revoke-leases', 'also end the leases on what was rotated')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (name: string | undefined, options: RotateOptions) => {
      const target = rotateTarget(name, options);
      const { revokeLeases } = options;
      const { rotations } = await withClient((client) => client.secrets.rotateSecret({ target, revokeLeases }));
      if (options.json === true) await printJson({ rotations: rotations.map(rotationJson) });
      else await printLine(rotations.length === 0 ? 'no secrets' : describeRotations(rotations));
      if (rotations.some(hasFailed)) process.exitCode = ExitCode.FAILED;
    });
}

function hasFailed({ outcome, failure }: Rotation): boolean {
  return outcome === RotationOutcome.FAILED || failure !== '';
}

/** @throws UsageFailure where it is not exactly one. */
function rotateTarget(name: string | undefined, options: RotateOptions): RotateSecretRequest['target'] {
  const targets: NonNullable<RotateSecretRequest['target']>[] = [];
  if (name !== undefined) targets.push({ $case: 'name', value: name });
  if (options.namespace !== undefined) targets.push({ $case: 'namespace', value: options.namespace });
  if (options.all === true) targets.push({ $case: 'all', value: true });
  const [target] = targets;
  if (target === undefined || targets.length > 1) {
    throw new UsageFailure('say which secrets: one of NAME, --namespace NS and --all');
  }
  return target;
}
