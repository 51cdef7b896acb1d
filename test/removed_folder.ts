import { rm } from 'node:fs/promises';

/**
 * Removes a folder in which something that is just ending may still write: a
 * shim its exit, a daemon its log. Retries for some five seconds.
 */
export function removeFolder(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 25 });
}
