import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { printable } from '../style.js';
import type { LentSecret } from './lent_secrets.js';
import type { ProjectSecret } from './project_file.js';

/** A variable, the secret that it is of, and its value. */
export interface SecretVariable {
  readonly envVar: string;
  readonly name: string;
  readonly value: string;
}

/**
 * The project's variables with their values, in its order.
 *
 * @throws Failure where a value can't be one of a variable: the kernel knows
 *   no NUL there, and Node no bytes but UTF-8.
 */
export function toVariables(secrets: readonly ProjectSecret[], lent: readonly LentSecret[]): readonly SecretVariable[] {
  const texts = new Map(lent.map(({ name, value }) => [name, toText(name, value)]));
  return secrets.map(({ name, envVar }) => {
    const value = texts.get(name);
    if (value === undefined) throw new Error(`no lease was taken on the secret ${name}`);
    return { envVar, name, value };
  });
}

function toText(name: string, value: Uint8Array): string {
  if (value.includes(0)) throw unfit(name, 'has a NUL byte');
  try {
    // A byte order mark is a part of the value.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    throw unfit(name, 'is no UTF-8 text');
  }
}

function unfit(name: string, why: string): Failure {
  return new Failure(
    'VALUE_UNFIT',
    ExitCode.USAGE,
    `the value of the secret ${printable(name)} ${why}, so that no environment variable can hold it`,
    `store it as text, such as base64, or read it with 'tenure secret lease'`,
  );
}
