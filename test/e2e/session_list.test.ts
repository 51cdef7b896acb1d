import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isRunning, readStartTicks } from '../../src/os/process_facts.js';
import { launchScript, startSessionDaemon } from './session_processes.js';
import { until } from './until.js';
import { World } from './world.js';

/** The hanging one is cut off after 5 s and would hang for ever; the rest is room for a busy machine. */
const LIMIT_MS = 30_000;

const FAILURES: Readonly<Record<string, string>> = {
  hangs: 'echo $$ > hangs.pid; exec sleep 600',
  crashes: 'exit 3',
  babbles: 'read line; echo garbage; exec cat >/dev/null',
};

test('a list while one adapter hangs, one crashes and one babbles has all others’ sessions, says so, and ends with 0', async (t) => {
  const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
  const external = Object.entries(FAILURES).map(([name, script]) => {
    const command = JSON.stringify(['sh', '-c', `cd ${world.folder}; ${script}`]);
    return `    - {name: ${name}, command: ${command}}`;
  });
  mkdirSync(join(world.folder, 'config', 'tenure'), { recursive: true });
  writeFileSync(
    join(world.folder, 'config', 'tenure', 'config.yaml'),
    ['sessions:', '  external:', ...external, ''].join('\n'),
  );
  await startSessionDaemon(world);
  const client = await world.connect();
  const session = await launchScript(world, client, 'sleep 600');

  const begin = performance.now();
  const { sessions, adapters } = await client.sessions.listSessions();
  const tookMs = performance.now() - begin;
  t.diagnostic(`${Math.round(tookMs)} ms`);
  assert.ok(tookMs <= LIMIT_MS, `${tookMs} ms`);
  assert.deepEqual(
    sessions.map(({ sessionId, stale }) => [sessionId, stale]),
    [[session.sessionId, false]],
  );
  const failed = new Map(adapters.filter(({ ok }) => !ok).map(({ adapter, error }) => [adapter, error]));
  assert.deepEqual([...failed.keys()].sort(), Object.keys(FAILURES).sort());
  assert.match(failed.get('hangs') ?? '', / 5 s/);
  for (const error of failed.values()) assert.notEqual(error, '');

  const pid = Number(readFileSync(join(world.folder, 'hangs.pid'), 'utf8'));
  await until('the one that hung to be killed', () => !isRunning(pid, readStartTicks(pid) ?? 0));

  const { code, stdout, stderr } = await world.run(['session', 'list']);
  assert.equal(code, 0, stderr);
  assert.ok(stdout.includes(session.sessionId.slice(0, 2)), stdout);
  for (const name of failed.keys()) assert.match(stdout, new RegExp(`^${name} did not answer: .+$`, 'm'));
});
