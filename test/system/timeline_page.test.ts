// needs: chromium
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { untilFree } from '../e2e/lease_views.js';
import type { Ended } from '../e2e/running.js';
import { World } from '../e2e/world.js';

const NASTY = `<img src=x onerror=alert(1)></script><script>document.title="broken"</script>`;

test('a browser opens the page: its script runs, it asks for nothing, and no name of others becomes code', async (t) => {
  const world = new World(t, { config: 'audit: {leases: all}\n' });
  await world.startDaemon();
  const client = await world.connect();
  for (const args of [['nightly', '--reason', NASTY], [NASTY]]) {
    const ran = await world.run(['run', ...args, '--', 'sleep', '0.2']);
    assert.equal(ran.code, 0, ran.stderr);
  }
  await untilFree(client, 'nightly');
  const page = join(world.folder, 'timeline.html');
  const written = await world.run(['timeline', '--since', '1h', '--html', page]);
  assert.equal(written.code, 0, written.stderr);
  const browser = await open(world, page, 1_200);
  assert.equal(browser.code, 0, browser.stderr);
  assert.doesNotMatch(browser.stderr, /CONSOLE/, 'nothing to complain about');
  assert.match(browser.stdout, /<span class="tick"/, 'the script has drawn the axis');
  assert.match(browser.stdout, /<div class="bar held"[^>]* data-tip="nightly, exclusive/, 'and taken over the details');
  assert.match(browser.stdout, /<title>Tenure timeline, /);
  assert.equal(browser.stdout.includes('<img'), false);
  assert.equal(browser.stdout.match(/<script/g)?.length, 2);
  const narrow = await open(world, page, 400);
  assert.match(narrow.stdout, /<span class="tick"[^>]*>\d\d:\d\d/, 'the axis says when, on a narrow screen, too');
});

/** Opens the page in a window of that width, and answers what it is then. */
async function open(world: World, page: string, width: number): Promise<Ended> {
  return await world.start(
    'chromium',
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--enable-logging=stderr', '--log-level=0'],
      // Whatever was asked for by the network would fail, and be told of.
      ...['--proxy-server=127.0.0.1:1', `--window-size=${width},800`, '--virtual-time-budget=2000'],
      ...[`--user-data-dir=${join(world.folder, 'chromium')}`, '--dump-dom', `file://${page}`],
    ],
    { env: { HOME: world.folder } },
  ).ended;
}
