import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { groupExists, processStartTicks } from '@tenure/client/command';

test('a process is told from a later one of the same pid by its start time', async () => {
  const child = spawn('sleep', ['1000'], { detached: true });
  const pid = child.pid ?? 0;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  assert.equal(processStartTicks(pid), BigInt(stat.split(' ')[21] ?? ''));
  assert.ok(processStartTicks(process.pid) !== undefined);
  assert.equal(groupExists(pid), true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(processStartTicks(pid), undefined);
  assert.equal(groupExists(pid), false);
});
