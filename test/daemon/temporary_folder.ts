import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { removeFolder } from '../removed_folder.js';

/** A private folder for one test, gone at its end. Its path is short enough for sockets. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tnd-'));
  context.after(() => removeFolder(folder));
  return folder;
}
