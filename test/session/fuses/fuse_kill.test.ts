import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FuseFiles } from '../../../src/session/fuses/fuse_files.js';
import { start, temporaryFolder } from '../../os/child_process.js';

const program = join(import.meta.dirname, 'fuse_program.ts');
const options = ['--conditions=tenure-source', '--import', 'tsx'];

/** An overdue fuse, a daemon that is killed at a moment, and one that is not. Answers how often the fuse went off. */
async function timesFired(t: TestContext, moment: string): Promise<number> {
  const place = temporaryFolder(t);
  const folder = join(place, 'fuses');
  const log = join(place, 'log');
  const times = { fireWallMs: Date.now() - 1_000, setWallMs: Date.now() - 2_000 };
  const deed = { kind: 'exec', command: 'true' } as const;
  new FuseFiles(folder).write({ fuseId: 'fone1', sessionId: '', directory: '', deed, ...times, label: '' });
  const killed = start(t, process.execPath, [...options, program, folder, log, moment]);
  assert.deepEqual(await once(killed, 'exit'), [null, 'SIGKILL']);
  const next = start(t, process.execPath, [...options, program, folder, log, 'never']);
  assert.deepEqual(await once(next, 'exit'), [0, null]);
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0;
}

test('a daemon killed before a fuse was taken out lets it go off in the next run', async (t) => {
  assert.equal(await timesFired(t, 'before'), 1);
});

test('a daemon killed between that and the action never lets it go off', async (t) => {
  assert.equal(await timesFired(t, 'between'), 0);
});

test('a daemon killed within the action does not let it go off again', async (t) => {
  assert.equal(await timesFired(t, 'within'), 1);
});
