// needs: promtool
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { scrape } from '../e2e/scrape.js';
import { World } from '../e2e/world.js';

test('what Prometheus is served passes its own check', async (t) => {
  const world = new World(t);
  const socket = join(world.folder, 'metrics.sock');
  world.configure(`metrics: {listen: ${socket}}\n`);
  await world.startDaemon();
  assert.equal((await world.run(['run', 'a', '--', 'true'])).code, 0);
  await world.json(['secret', 'init']);
  assert.equal((await world.run(['secret', 'put', 'x', '--source', 'exec:echo y'])).code, 0);
  assert.equal((await world.run(['secret', 'lease', 'x'])).code, 0);
  const launched = await world.run(['session', 'launch', '--', 'true']);
  assert.equal((await world.run(['session', 'wait', launched.stdout.trim()])).code, 0);
  const scraped = await scrape(socket);
  assert.match(scraped, /^tenure_session_ends_total\{adapter="process",outcome="success"\} 1$/m);
  assert.match(scraped, /^tenure_secret_source_time_count\{source="exec",ok="true"\} 1$/m);
  const checked = await world.start('promtool', ['check', 'metrics'], { input: scraped }).ended;
  assert.deepEqual(checked, { code: 0, stdout: '', stderr: '' });
});
