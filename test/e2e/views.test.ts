import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { untilFree, untilWaiting } from './lease_views.js';
import { World } from './world.js';

const topJson = z.object({
  status: z.object({ phase: z.string() }),
  leases: z.array(
    z.object({ resource: z.string(), waiters: z.int(), attached: z.array(z.object({ command: z.string() })) }),
  ),
  sessions: z.array(z.object({ sessionId: z.string() })),
});
const span = { startTime: z.iso.datetime(), endTime: z.iso.datetime(), milliseconds: z.int() };
const timelineJson = z.object({
  leases: z.array(z.object({ resource: z.string(), holder: z.string(), end: z.string(), reason: z.string(), ...span })),
  waits: z.array(
    z.object({
      resource: z.string(),
      outcome: z.string(),
      waitedFor: z.array(z.object({ holder: z.string() })),
      ...span,
    }),
  ),
  sessions: z.array(z.object({ id: z.string(), outcome: z.string(), ...span })),
  notes: z.array(z.string()),
});

describe('tenure top without a terminal', () => {
  test('prints one picture of everything, or its content', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    await world.tenure(['run', 'nightly', '--', 'sh', '-c', 'echo held; exec sleep 1000']).line(/^held$/);
    world.tenure(['run', 'nightly', '--wait', 'forever', '--', 'true']);
    await untilWaiting(client, 'nightly', 1);
    const launched = await world.run(['session', 'launch', '--', 'sleep', '1000']);
    const text = await world.run(['top', '--once'], { env: { COLUMNS: '100' } });
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /^tenured .* serving .* 1 waiting/m);
    assert.match(text.stdout, /^ {2}nightly +excl +pid \d+ sleep .* runs +1 /m);
    assert.match(text.stdout, /^SESSIONS 1\n.*\n {2}s\w+ .* running/m);
    assert.equal(text.stdout.includes('\x1b'), false);
    const content = topJson.parse(await world.json(['top', '--filter', 'night']));
    assert.deepEqual(
      content.leases.map(({ resource, waiters }) => [resource, waiters]),
      [['nightly', 1]],
    );
    assert.deepEqual(content.sessions, []);
    assert.equal(launched.stdout.trim(), topJson.parse(await world.json(['top'])).sessions[0]?.sessionId);
    const live = await world.run(['top']);
    assert.equal(live.code, 64);
    assert.match(live.stderr, /needs a terminal/);
  });
});

describe('tenure lease watch', () => {
  test('calls a command by its own name, not by that of the shell which waited at its gate', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const run = world.tenure(['run', 'nightly', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await run.line(/^held$/);
    const watch = world.tenure(['lease', 'watch', 'nightly']);
    await watch.line(/snapshot +nightly +pid \d+ sleep /);
  });
});

describe('tenure timeline', () => {
  test('tells who held what, who waited for whom and what ran, also over a restart of the daemon', async (t) => {
    const world = new World(t, { config: 'audit: {leases: 100ms}\n' });
    const daemon = await world.startDaemon();
    const client = await world.connect();
    const script = 'echo held; while [ ! -e go ]; do sleep 0.05; done; sleep 0.2';
    const first = world.tenure(['run', 'nightly', '--reason', 'sync', '--', 'sh', '-c', script]);
    await first.line(/^held$/);
    const next = world.tenure(['run', 'nightly', '--wait', 'forever', '--', 'sleep', '2']);
    await untilWaiting(client, 'nightly', 1);
    const late = await world.run(['run', 'nightly', '--wait', '200ms', '--', 'true']);
    assert.equal(late.code, 75);
    writeFileSync(join(world.folder, 'go'), '');
    assert.equal((await next.ended).code, 0);
    await untilFree(client, 'nightly');
    const session = (await world.run(['session', 'launch', '--', 'sh', '-c', 'exit 3'])).stdout.trim();
    await world.run(['session', 'wait', session]);
    daemon.kill('SIGKILL');
    await daemon.ended;
    await world.startDaemon();
    await world.tenure(['run', 'still', '--', 'sh', '-c', 'echo held; exec sleep 1000']).line(/^held$/);
    const told = timelineJson.parse(await world.json(['timeline', '--since', '1h']));
    const ofNightly = told.leases.filter(({ resource }) => resource === 'nightly');
    assert.deepEqual(
      ofNightly.map(({ end, reason }) => [end, reason]),
      [
        ['released', 'sync'],
        ['released', ''],
      ],
    );
    assert.match(ofNightly[0]?.holder ?? '', /^pid \d+ sh$/);
    assert.match(ofNightly[1]?.holder ?? '', /^pid \d+ sleep$/, 'the command, not the shell at its gate');
    assert.ok((ofNightly[0]?.endTime ?? '') <= (ofNightly[1]?.startTime ?? ''), 'one after the other');
    assert.deepEqual(told.waits.map(({ outcome, waitedFor }) => [outcome, waitedFor[0]?.holder]).sort(), [
      ['granted', ofNightly[0]?.holder],
      ['timed out', ofNightly[0]?.holder],
    ]);
    assert.equal(told.leases.find(({ resource }) => resource === 'still')?.end, 'held');
    assert.deepEqual(
      told.sessions.map(({ id, outcome }) => [id, outcome]),
      [[session, 'blocked 3']],
    );
    const chart = await world.run(['timeline', '--since', '1h'], { env: { COLUMNS: '80' } });
    assert.match(chart.stdout, /^nightly +.*█.*\n {2}waiting +░/m);
    assert.match(chart.stdout, /^THE DAEMON\n(.*\n)*.*tenured had crashed$/m);
    const only = timelineJson.parse(await world.json(['timeline', '--resource', 'still']));
    assert.deepEqual(
      only.leases.map(({ resource }) => resource),
      ['still'],
    );
  });

  test('writes a page for its owner alone, and says why it cannot', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const page = join(world.folder, 'page.html');
    assert.equal((await world.run(['timeline', '--html', page])).code, 0);
    assert.equal(statSync(page).mode & 0o777, 0o600);
    assert.match(
      readFileSync(page, 'utf8'),
      /^<!doctype html>[\s\S]*Nothing was held, and nothing ran\.[\s\S]*<\/html>\n$/,
    );
    const nowhere = await world.run(['timeline', '--html', join(world.folder, 'none/page.html')]);
    assert.equal(nowhere.code, 74);
    assert.match(nowhere.stderr, /none\/page\.html can't be written: there is no folder .*\/none\b.*make the folder/s);
    const both = await world.run(['timeline', '--html', page, '--json']);
    assert.ok(Array.isArray(JSON.parse(both.stdout).leases), 'standard output has the JSON alone');
    assert.equal((await world.run(['timeline', '--html', '-', '--json'])).code, 64);
    assert.equal((await world.run(['timeline', '--since', '2026-05-02', '--until', '2026-05-01'])).code, 64);
  });
});
