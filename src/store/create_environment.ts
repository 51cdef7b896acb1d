import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Environment, type Step } from './environment.js';
import { fullError } from './faults.js';
import { syncFolder } from './folders.js';

/**
 * Makes an environment aside and moves it into place: where the folder is,
 * there is a whole data file, and one without is a damaged one.
 */
export async function createEnvironment(folder: string, first: Step): Promise<void> {
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const environment = new Environment(draft, true);
  try {
    if (!environment.makeRoom([first])) throw fullError(folder);
    await environment.write([first]);
  } finally {
    await environment.close();
  }
  syncFolder(draft);
  renameSync(draft, folder);
  syncFolder(dirname(folder));
}
