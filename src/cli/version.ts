import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Put in by the build; undefined when run from the sources. */
declare const TENURE_VERSION: string | undefined;

export function version(): string {
  if (typeof TENURE_VERSION === 'string') return TENURE_VERSION;
  const read: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  const found = typeof read === 'object' && read !== null && 'version' in read ? read.version : undefined;
  return typeof found === 'string' ? found : '0.0.0';
}
