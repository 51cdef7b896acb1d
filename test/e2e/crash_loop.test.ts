import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { until } from './until.js';
import { World } from './world.js';

const downJson = z.object({
  running: z.literal(false),
  lastRun: z.object({ crashesInARow: z.number(), restartNotBefore: z.string(), endedInOrder: z.boolean() }),
});

async function crash(world: World): Promise<void> {
  const pid = world.daemonPid();
  process.kill(pid, 'SIGKILL');
  await until('the end of the daemon', () => !world.processes().includes(pid));
}

test('a daemon that crashes again and again is not started without end, and says what to do', async (t) => {
  const world = new World(t);
  assert.equal((await world.run(['lease', 'list'])).code, 0);
  await crash(world);
  assert.equal((await world.run(['lease', 'list'])).code, 0, 'a first crash keeps nobody waiting');
  await crash(world);
  // As four more would leave it; clients wait so long then that this test is over before.
  const path = join(world.stateDir, 'daemon.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), crashesInARow: 5 }));
  assert.equal((await world.run(['daemon', 'start'])).code, 0);
  await crash(world);

  const refused = await world.run(['run', 'demo', '--', 'echo', 'ran']);
  assert.equal(refused.code, 69);
  assert.equal(refused.stdout, '');
  assert.match(refused.stderr, /crashed 7 times in a row.*tenure daemon start/);
  assert.match(refused.stderr, /tenure doctor/);
  assert.deepEqual(world.processes(), [], 'nothing was started');

  const limited = await world.run(['run', 'demo', '--wait', '1s', '--', 'echo', 'ran']);
  assert.equal(limited.code, 69, 'the wait ran out before');
  assert.match(limited.stderr, /crashed 7 times in a row.*; waiting\n/);
  assert.deepEqual(world.processes(), [], 'nothing was started');

  const silent = await world.run(['health']);
  assert.equal(silent.code, 69);
  assert.match(silent.stderr, /crashed 7 times in a row/);

  const status = await world.run(['daemon', 'status', '--json']);
  assert.equal(status.code, 69);
  const { lastRun } = downJson.parse(JSON.parse(status.stdout));
  assert.equal(lastRun.crashesInARow, 7);
  assert.match(
    (await world.run(['daemon', 'status'])).stdout,
    /7 crashes in a row: clients start it from \d\d:\d\d:\d\d on/,
  );

  const patient = [
    world.tenure(['run', 'demo', '--wait', 'forever', '--', 'echo', 'ran']),
    world.tenure(['lease', 'acquire', 'other', '--wait', '10m']),
  ];
  for (const one of patient) await until('it waits', () => /; waiting\n/.test(one.output(2)));
  assert.equal((await world.run(['daemon', 'start'])).code, 0, 'a person who asks for it gets it');
  for (const { code, stderr } of await Promise.all(patient.map(({ ended }) => ended))) assert.equal(code, 0, stderr);
  const health = (await world.run(['health'])).stdout;
  assert.match(health, /last exit crashed, 7 crashes in a row; after another one clients start it from \d\d:/);
  assert.match(health, /warning daemon-crashes/);
  const doctor = (await world.run(['doctor'])).stdout;
  assert.match(doctor, /! crashes +7 crashes in a row before this run\n/);
  assert.doesNotMatch(doctor, /tenure daemon start|'tenure doctor'/, 'it runs, and this is the doctor');

  assert.equal((await world.run(['daemon', 'stop'])).code, 0);
  assert.equal((await world.run(['lease', 'list'])).code, 0, 'an end in order forgets the crashes');
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).crashesInARow, 0);
});
