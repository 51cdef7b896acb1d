import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { World } from '../../e2e/world.js';

test('a restart with a wrong configuration names its fault and stops nothing; with a right one it restarts', async (t) => {
  const world = new World(t);
  const config = join(world.folder, 'config.yaml');
  const env = { TENURE_CONFIG: config };
  writeFileSync(config, '');
  assert.equal((await world.run(['daemon', 'start'], { env })).code, 0);
  const running = async () => (await world.run(['daemon', 'status', '--json'], { env })).stdout;
  const before: unknown = JSON.parse(await running());
  writeFileSync(config, 'nonsense: 1\n');
  const refused = await world.run(['daemon', 'restart'], { env });
  assert.equal(refused.code, 78, refused.stderr);
  assert.match(refused.stderr, /nonsense[\s\S]*nothing was stopped/);
  assert.equal(pidOf(JSON.parse(await running())), pidOf(before));
  writeFileSync(config, '');
  assert.equal((await world.run(['daemon', 'restart'], { env })).code, 0);
  assert.notEqual(pidOf(JSON.parse(await running())), pidOf(before));
});

function pidOf(answer: unknown): string {
  const [, pid] = /"pid":"?(\d+)/.exec(JSON.stringify(answer)) ?? [];
  assert.ok(pid !== undefined);
  return pid;
}
