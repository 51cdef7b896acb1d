import type { StoredSecret } from '../vault/vault_document.js';

/** What became of one secret's rotation. */
export interface RotationResult {
  readonly name: string;
  /** `failed`: the old value stands. `not-configured`: the secret has no rotate command. */
  readonly outcome: 'rotated' | 'failed' | 'not-configured';
  /** Never a value. Empty where nothing went wrong; also set where the secret was rotated and `on_rotate` failed. */
  readonly failure: string;
  /** After it. */
  readonly version: number;
}

export function rotated({ name, version }: StoredSecret, failure: string): RotationResult {
  return { name, outcome: 'rotated', failure, version };
}

export function notRotated({ name, version }: StoredSecret, failure: string): RotationResult {
  return { name, outcome: 'failed', failure, version };
}

export function notConfigured({ name, version }: StoredSecret): RotationResult {
  return { name, outcome: 'not-configured', failure: '', version };
}
