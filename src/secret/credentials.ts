import { Refusal } from '../rpc/refusal.js';
import type { EventSink } from '../telemetry/events.js';
import type { Seal } from './seal.js';
import { resourceOf } from './secret_name_rules.js';
import { readSource } from './sources/source_rules.js';
import type { Sources } from './sources/sources.js';

export interface CredentialsParts {
  readonly sources: Pick<Sources, 'resolve'>;
  readonly seal: Pick<Seal, 'check'>;
  readonly events: EventSink;
}

/**
 * The value behind a source text, for an agent that is being launched: sealed
 * as secrets that are lent, and told of. Rejects as `Sources.resolve`, or with
 * SECRETS_SEALED.
 */
export async function credentialFor(
  agent: string,
  source: string,
  { sources, seal, events }: CredentialsParts,
): Promise<Uint8Array> {
  const action = 'secret.credential_given';
  const metadata = { agent, ...aboutSource(source) };
  try {
    seal.check();
    const value = await sources.resolve(source);
    // The source may have taken its time.
    seal.check();
    events.emit({ action, level: 'debug', success: true, metadata });
    return value;
  } catch (error) {
    const reason = error instanceof Refusal ? error.reason : 'INTERNAL';
    events.emit({ action, level: 'warn', success: false, metadata: { ...metadata, reason } });
    throw error;
  }
}

/** Of a command only that it is one. */
function aboutSource(text: string): Readonly<Record<string, string>> {
  const source = readSource(text);
  switch (source.kind) {
    case 'vault':
      return { resource: resourceOf(source.name) };
    case 'env':
    case 'file':
      return { source: text };
    case 'exec':
      return { source: 'exec:' };
    case 'fault':
      return {};
  }
}
