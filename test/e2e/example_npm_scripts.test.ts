import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskRunStatus } from '@tenure/client';
import { z } from 'zod';
import { leaseListJson } from './lease_views.js';
import { runsOf } from './orchestrations.js';
import { World } from './world.js';

const EXAMPLE = join(import.meta.dirname, '../../examples/npm-scripts');
const LEASE = 'heavy-maintenance';
const packageJson = z.object({ scripts: z.record(z.string(), z.string()) });

const scriptsOf = (file: string) => packageJson.parse(JSON.parse(readFileSync(join(EXAMPLE, file), 'utf8'))).scripts;

test('four npm scripts with tenure run in front, and one file: they never meet, and the nested one runs below its caller', async (t) => {
  const before = scriptsOf('before.package.json');
  const after = scriptsOf('package.json');
  assert.deepEqual(Object.keys(after), Object.keys(before));
  for (const [name, script] of Object.entries(before)) {
    const prefix = /^tenure run heavy-maintenance --task [a-z-]+ -- /;
    const plain = after[name]?.replace(prefix, '').replace(/^sh -c '(.*)'$/, '$1');
    assert.equal(plain, script, `${name} is changed beyond the prefix`);
  }

  const world = new World(t);
  await world.startDaemon();
  const cwd = join(world.folder, 'agent-os');
  cpSync(EXAMPLE, cwd, { recursive: true });
  const npm = (script: string, env: NodeJS.ProcessEnv = {}) =>
    world.start('npm', ['run', '--silent', script], { cwd, env: { npm_config_update_notifier: 'false', ...env } });
  const tenure = async (...args: string[]) => await world.run(['orchestrate', ...args], { cwd });

  const plan = await tenure('--dry-run');
  assert.equal(plan.code, 0, plan.stderr);
  assert.equal(plan.stdout.trim().split('\n').length, 5);

  const once = await tenure('--once', 'primary-sync');
  assert.equal(once.code, 0, once.stderr);
  assert.deepEqual(once.stdout.trim().split('\n'), [
    'sync_primary: begins',
    'sync_primary: done',
    'sync_kb: begins',
    'sync_kb: done',
  ]);
  // Each is one run, though its command says `--task`, too; the nested one is of its own task.
  const client = await world.connect();
  const { runs } = await client.tasks.listTaskRuns();
  const [primary] = await runsOf(client, 'primary-sync');
  assert.deepEqual(
    runs.map(({ task, status, parentRunId }) => [task, status, parentRunId]),
    [
      ['kb-sync', TaskRunStatus.COMPLETED, primary?.runId],
      ['primary-sync', TaskRunStatus.COMPLETED, ''],
    ],
  );

  const backup = npm('ai:backup', { WORK_MS: '600000' });
  await backup.line(/^backup: begins$/);
  const { leases } = leaseListJson.parse(await world.json(['lease', 'list']));
  assert.deepEqual(
    leases.map(({ resource }) => resource),
    [LEASE],
  );
  const byHand = await npm('ai:summary').ended;
  assert.equal(byHand.code, 75);
  assert.equal(byHand.stdout, '');
  const due = await tenure('--once', 'summary');
  assert.equal(due.code, 75);
  assert.match(due.stderr, /summary: skipped \(lease-held\): heavy-maintenance is held by pid \d+/);
});
