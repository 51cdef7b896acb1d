import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { until } from './until.js';
import { World } from './world.js';

const agentsJson = z.object({ agents: z.array(z.object({ name: z.string() })) });
const AGENT = '{image: localhost/agent, command: [work]}';

test('config check needs no daemon, tells all faults with their lines, and takes a file', async (t) => {
  const world = new World(t, { config: `agents:\n  a: ${AGENT}\n` });
  const right = await world.run(['config', 'check']);
  assert.equal(right.code, 0, right.stderr);
  assert.match(right.stdout, /^the configuration .*config\.yaml is right\n$/);
  writeFileSync(join(world.folder, 'new.yaml'), `agents:\n  A: ${AGENT}\n  b: {image: i, schedule: {cron: x}}\n`);
  const wrong = await world.run(['config', 'check', 'new.yaml']);
  assert.equal(wrong.code, 78);
  assert.match(wrong.stderr, /new\.yaml has 4 faults:/);
  for (const fault of [/line 2: agents\.A is no name/, /line 3: .*command is missing/, /line 3: .*needs a repo/]) {
    assert.match(wrong.stderr, fault);
  }
  assert.deepEqual(world.processes(), [], 'no daemon was started');
});

test('daemon reload takes new agents at once, and a wrong configuration changes nothing', async (t) => {
  const world = new World(t, { config: `agents:\n  a: ${AGENT}\n` });
  const path = join(world.folder, 'config/tenure/config.yaml');
  const names = async () => agentsJson.parse(await world.json(['agent', 'list'])).agents.map(({ name }) => name);
  const stopped = await world.run(['daemon', 'reload']);
  assert.equal(stopped.code, 69, 'a daemon that does not run has nothing to reload');
  const daemon = await world.startDaemon();
  assert.deepEqual(await names(), ['a']);
  const faults = Array.from({ length: 60 }, (_, index) => `  B${index}: ${AGENT}\n`).join('');
  writeFileSync(path, `agents:\n${faults}`);
  const refused = await world.run(['daemon', 'reload']);
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /has 60 faults:\n {2}line 2: agents\.B0 is no name[\s\S]*and \d+ more, which/);
  assert.deepEqual(await names(), ['a']);
  writeFileSync(path, `agents:\n  b: ${AGENT}\n  a: ${AGENT}\n`);
  const taken = await world.run(['daemon', 'reload']);
  assert.deepEqual([taken.code, taken.stdout], [0, `${path} is in force\n`]);
  assert.deepEqual(await names(), ['a', 'b']);
  writeFileSync(path, `agents:\n  c: ${AGENT}\nleases: {limits: {leases: 9}}\n`);
  daemon.kill('SIGHUP');
  await until('agents by SIGHUP', async () => (await names()).join() === 'c');
  const late = await world.run(['daemon', 'reload']);
  assert.match(late.stdout, /but for leases\.limits, which take 'tenure daemon restart'/);
});
