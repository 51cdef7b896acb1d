import { Refusal } from '../../rpc/refusal.js';
import type { EventActor } from '../../telemetry/events.js';
import { isInNamespace } from '../secret_name_rules.js';
import type { Vault } from '../vault/vault_port.js';
import type { Rotations } from './rotation.js';
import { notConfigured, type RotationResult } from './rotation_result.js';

/** Rotate commands that run at the same time. */
const MAX_AT_ONCE = 4;

/** What was not rotated is an error to whoever asked for this one. */
export async function rotateOne(
  rotations: Pick<Rotations, 'rotate'>,
  name: string,
  actor: EventActor | undefined,
): Promise<RotationResult> {
  const result = await rotations.rotate(name, actor);
  switch (result.outcome) {
    case 'rotated':
      return result;
    case 'failed':
      throw new Refusal('ROTATION_FAILED', `${name} was not rotated: ${result.failure}; the old value stands`, {
        name,
      });
    case 'not-configured':
      throw new Refusal('NO_ROTATION', `${name} has no rotate command; update the secret with one`, { name });
  }
}

/** All of a namespace, by name; secrets without a rotate command are only named. What can't be written or was deleted meanwhile has failed like any other. */
export async function rotateMany(
  rotations: Pick<Rotations, 'rotate'>,
  { document }: Pick<Vault, 'document'>,
  namespace: string,
  actor: EventActor | undefined,
): Promise<RotationResult[]> {
  const names = [...document.secrets.keys()].filter((name) => isInNamespace(name, namespace)).sort();
  const results: RotationResult[] = [];
  const waiting = names.values();
  const workNext = async (): Promise<void> => {
    for (const name of waiting) {
      const secret = document.secrets.get(name);
      results.push(secret?.hooks.rotate === '' ? notConfigured(secret) : await attempt(rotations, name, actor));
    }
  };
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, workNext));
  return results.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function attempt(
  rotations: Pick<Rotations, 'rotate'>,
  name: string,
  actor: EventActor | undefined,
): Promise<RotationResult> {
  try {
    return await rotations.rotate(name, actor);
  } catch (error) {
    if (error instanceof Refusal) return { name, outcome: 'failed', failure: error.message, version: 0 };
    throw error;
  }
}
