import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { OWN_OUTPUTS, printedPath, recordedPath } from '../../../src/orchestrator/runs/task_outputs.js';
import { temporaryFolder } from '../../os/child_process.js';

test('the file of a task is named where it can be kept, and as a hint where something is in it', (t) => {
  const folder = temporaryFolder(t);
  const at = (name: string) => ({ ...OWN_OUTPUTS, pathOf: () => join(folder, name) });
  writeFileSync(join(folder, 'full'), 'it failed\n');
  writeFileSync(join(folder, 'empty'), '');
  symlinkSync('loop', join(folder, 'loop'));
  const named = (name: string) => [recordedPath(at(name), 'sync'), printedPath(at(name), 'sync')];
  const [full, empty, loop] = ['full', 'empty', 'loop'].map((name) => join(folder, name));
  assert.deepEqual(named('full'), [full, full]);
  assert.deepEqual(named('empty'), [empty, undefined]);
  assert.deepEqual(named('loop'), [loop, undefined], 'what can not be looked at is no fault of the run');
  assert.deepEqual(named('x'.repeat(4_096)), [undefined, undefined]);
  assert.deepEqual(named('a\nb'), [undefined, undefined]);
  assert.equal(printedPath(OWN_OUTPUTS, 'sync'), undefined);
});
