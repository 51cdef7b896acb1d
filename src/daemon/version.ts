import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Put in by the build; undefined when run from the sources. */
declare const TENURE_VERSION: string | undefined;

export function daemonVersion(): string {
  if (typeof TENURE_VERSION === 'string') return TENURE_VERSION;
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  const found = typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'version') : undefined;
  return typeof found === 'string' ? found : 'unknown';
}
