import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fuse, type FuseAction } from '@tenure/client';
import { SessionDesk } from '../session/session_desk.js';

function fuse(fuseId: string, action: FuseAction['action'], fields: Partial<Fuse> = {}): Fuse {
  const seconds = BigInt(Math.floor(Date.now() / 1_000) + 1_800);
  return { ...Fuse.decode(new Uint8Array(0)), fuseId, action: { action }, fireTime: { seconds, nanos: 0 }, ...fields };
}

test('set sends one action, and prints the bare id', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['setFuse'] = { fuse: fuse('f1', { $case: 'stopSession', value: true }) };
  const plain = await desk.run(['fuse', 'set', '30m', '--stop', '--session', 's4k2', '--label', 'enough']);
  assert.deepEqual([plain.code, plain.stdout], [0, 'f1\n']);
  const json = await desk.run(['fuse', 'set', '1d', '--exec', 'echo "$X"', '-C', 'x', '--json']);
  assert.deepEqual(JSON.parse(json.stdout).fuse.action, { stopSession: true });
  await desk.run(['fuse', 'set', '1s', '--webhook', 'https://x.test/']);
  await desk.run(['fuse', 'set', '1s', '--event', 'fuse.reminder']);
  assert.deepEqual(
    desk.requestsOf('setFuse').map(({ action }) => (action as FuseAction).action),
    [
      { $case: 'stopSession', value: true },
      { $case: 'exec', value: 'echo "$X"' },
      { $case: 'webhook', value: 'https://x.test/' },
      { $case: 'event', value: 'fuse.reminder' },
    ],
  );
  const [first, second] = desk.requestsOf('setFuse');
  assert.deepEqual(
    [first?.['sessionId'], first?.['label'], first?.['after']],
    ['s4k2', 'enough', { seconds: 1800n, nanos: 0 }],
  );
  assert.equal(second?.['directory'], `${desk.world.folder}/x`);
  desk.daemon.sessions.received.length = 0;
  for (const args of [['1h'], ['1h', '--stop'], ['1h', '--exec', 'x', '--event', 'fuse.y'], ['soon', '--exec', 'x']]) {
    assert.equal((await desk.run(['fuse', 'set', ...args])).code, 64, args.join(' '));
  }
  assert.deepEqual(desk.called, []);
});

test('list, extend and cancel', async (context) => {
  const desk = await SessionDesk.open(context);
  const exec = fuse('f2', { $case: 'exec', value: `echo ${'x'.repeat(80)}` }, { directory: '/home/me/repo' });
  desk.answers['listFuses'] = {
    fuses: [fuse('f1', { $case: 'event', value: 'fuse.a' }, { label: 'two words' }), exec],
  };
  const { stdout } = await desk.run(['fuse', 'list', '--session', 's4', '-C', '/x/']);
  const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines[0], ['ID', 'IN', 'ACTION', 'SESSION', 'DIRECTORY', 'LABEL']);
  assert.deepEqual([lines[1]?.[0], lines[1]?.[2], lines[1]?.[3]], ['f1', 'event fuse.a', 'two words']);
  assert.match(lines[1]?.[1] ?? '', /^(30m|29m 5\ds)$/);
  assert.deepEqual(lines[2]?.slice(2), [`exec echo ${'x'.repeat(37)}…`, '~/repo']);
  assert.deepEqual(desk.requestsOf('listFuses')[0], { sessionId: 's4', directory: '/x' });
  const json = JSON.parse((await desk.run(['fuse', 'list', '--json'])).stdout);
  assert.deepEqual(json.fuses[0].action, { event: 'fuse.a' });
  desk.answers['listFuses'] = { fuses: [] };
  assert.equal((await desk.run(['fuse', 'list'])).stdout, 'no fuses\n');

  desk.answers['extendFuse'] = { fuse: exec };
  assert.match(
    (await desk.run(['fuse', 'extend', 'f2', '30m'])).stdout,
    /^f2 goes off in .* \(\d\d:\d\d\): exec echo x/,
  );
  desk.answers['extendFuse'] = 'FUSE_NOT_FOUND';
  assert.equal((await desk.run(['fuse', 'extend', 'f9', '30m'])).code, 66);

  desk.answers['cancelFuse'] = ({ fuseId }: { fuseId: string }) => ({ cancelled: fuseId === 'f2' ? exec : undefined });
  const cancelled = await desk.run(['fuse', 'cancel', 'f2', 'f9', 'f2']);
  assert.equal(cancelled.code, 0);
  assert.match(cancelled.stdout, /^f2: cancelled \(exec echo x+\)\nf9: was not there\n$/);
  assert.equal(JSON.parse((await desk.run(['fuse', 'cancel', 'f2', 'f9', '--json'])).stdout).cancelled.length, 1);
});
