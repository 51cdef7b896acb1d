import assert from 'node:assert/strict';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/os/clock.js';
import { runShellCommand, type ShellCommand } from '../../../src/os/shell_command.js';
import { Refusal } from '../../../src/rpc/refusal.js';
import { FuseActions, type FuseActionsParts } from '../../../src/session/fuses/fuse_actions.js';
import type { FuseDeed, StoredFuse } from '../../../src/session/fuses/fuse_rules.js';
import { Webhooks } from '../../../src/session/hooks/webhook.js';
import { sendPost } from '../../../src/session/hooks/webhook_post.js';
import { temporaryFolder } from '../../os/child_process.js';
import { EventList } from '../../secret/event_list.js';
import { WebReceiver } from '../hooks/web_receiver.js';

const ID = 'sabcdefghijkl';

function fuseOf(deed: FuseDeed, more: Partial<StoredFuse> = {}): StoredFuse {
  const times = { fireWallMs: 1_750_000_010_000, setWallMs: 1_750_000_000_000 };
  return { fuseId: 'fone1', sessionId: ID, directory: '', deed, ...times, label: 'lunch', ...more };
}

function room(parts: Partial<FuseActionsParts> = {}) {
  const events = new EventList();
  const stops: (readonly [string, string])[] = [];
  const actions = new FuseActions({
    run: runShellCommand,
    environment: { PATH: process.env['PATH'], TENURE_LEASES: 'tni_1', TENURE_IN_SESSION: ID, TENURE_SESSION_DIR: '/x' },
    webhooks: new Webhooks({ post: sendPost, secret: async () => undefined, clock: systemClock }),
    stopSession: async (sessionId, reason) => {
      stops.push([sessionId, reason]);
    },
    events,
    ...parts,
  });
  const { signal } = new AbortController();
  return { events, stops, run: (fuse: StoredFuse, end = signal) => actions.run(fuse, end) };
}

describe('exec', () => {
  const exec = (command: string): FuseDeed => ({ kind: 'exec', command });

  function variablesIn(file: string): Map<string, string> {
    const lines = readFileSync(file, 'utf8').split('\0');
    return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  }

  test('runs in the directory of the fuse, which it is told of', async (t: TestContext) => {
    const directory = temporaryFolder(t);
    const { run } = room();
    const command = 'pwd -P >where; env -0 >variables';
    assert.deepEqual(await run(fuseOf(exec(command), { directory })), {
      success: true,
      detail: 'ended with exit code 0',
    });
    assert.equal(readFileSync(join(directory, 'where'), 'utf8').trim(), realpathSync(directory));
    const variables = variablesIn(join(directory, 'variables'));
    assert.deepEqual(
      [...variables].filter(([name]) => name.startsWith('TENURE_')).sort(),
      [
        ['TENURE_DIRECTORY', directory],
        ['TENURE_FUSE_ID', 'fone1'],
        ['TENURE_SESSION_ID', ID],
      ],
      'and it is no process of the session',
    );
  });

  test('runs in / where there is no directory; a fuse without a session has none to tell', async (t) => {
    const file = join(temporaryFolder(t), 'told');
    const { run } = room();
    const command = `set -u; echo "$(pwd) [$TENURE_SESSION_ID] [$TENURE_DIRECTORY]" >'${file}'`;
    assert.ok((await run(fuseOf(exec(command), { sessionId: '' }))).success);
    assert.equal(readFileSync(file, 'utf8'), '/ [] []\n');
  });

  test('fails with what became of it, and with nothing that it printed', async (t) => {
    const { run } = room();
    const failed = await run(fuseOf(exec('echo hunter2; echo hunter2 >&2; exit 3')));
    assert.deepEqual(failed, { success: false, detail: 'ended with exit code 3' });
    const gone = join(temporaryFolder(t), 'gone');
    const file = join(gone, '..', 'ran');
    const nowhere = await run(fuseOf(exec(`echo >'${file}'`), { directory: gone }));
    assert.deepEqual(nowhere, { success: false, detail: `could not be started in ${gone}: ENOENT` });
    assert.equal(existsSync(file), false);
  });

  test('has 120 s, and ends with the daemon', async () => {
    const orders: ShellCommand[] = [];
    const { run } = room({
      run: async (order) => {
        orders.push(order);
        return { kind: 'timeout' };
      },
    });
    assert.deepEqual(await run(fuseOf(exec('sleep 4711'))), {
      success: false,
      detail: 'took longer than 120 s and was killed',
    });
    assert.equal(orders[0]?.timeLimitMs, 120_000);
    const stopped = await room().run(fuseOf(exec('sleep 4711')), AbortSignal.abort());
    assert.deepEqual(stopped, { success: false, detail: 'was killed because the daemon stops' });
  });
});

describe('a webhook', () => {
  test('gets the fuse', async (t) => {
    const receiver = await WebReceiver.open(t, 204);
    const { run } = room();
    const fuse = fuseOf({ kind: 'webhook', url: receiver.url }, { directory: '/work' });
    assert.deepEqual(await run(fuse), { success: true, detail: 'HTTP 204' });
    const [message] = receiver.received;
    assert.equal(message?.headers['tenure-delivery'], 'fone1');
    assert.deepEqual(JSON.parse(String(message?.body)), {
      type: 'fuse.fired',
      fuse: {
        fuseId: 'fone1',
        sessionId: ID,
        directory: '/work',
        label: 'lunch',
        fireTime: '2025-06-15T15:06:50.000Z',
        setTime: '2025-06-15T15:06:40.000Z',
      },
    });
  });

  test('that is not wanted has failed; all its tries have 30 s', async (t) => {
    const receiver = await WebReceiver.open(t, 400);
    const limits: number[] = [];
    const real = new Webhooks({ post: sendPost, secret: async () => undefined, clock: systemClock });
    const { run } = room({
      webhooks: {
        deliver: (order, signal) => {
          limits.push(order.limitMs, order.tryMs);
          return real.deliver(order, signal);
        },
      },
    });
    assert.deepEqual(await run(fuseOf({ kind: 'webhook', url: receiver.url })), { success: false, detail: 'HTTP 400' });
    assert.deepEqual(limits, [30_000, 30_000]);
  });
});

describe('a stop', () => {
  const stop: FuseDeed = { kind: 'stop-session' };

  test('stops the session, and says which fuse it was', async () => {
    const { run, stops } = room();
    assert.deepEqual(await run(fuseOf(stop)), { success: true, detail: 'stopped the session' });
    await run(fuseOf(stop, { label: '' }));
    assert.deepEqual(stops, [
      [ID, 'fuse fone1 went off: lunch'],
      [ID, 'fuse fone1 went off'],
    ]);
  });

  test('of a session that is gone has failed', async () => {
    const stopSession = () => Promise.reject(new Refusal('SESSION_NOT_FOUND', `there is no session ${ID}`));
    const { run } = room({ stopSession });
    assert.deepEqual(await run(fuseOf(stop)), { success: false, detail: `there is no session ${ID}` });
    const thrown = room({
      stopSession: () => {
        throw new Error('broken');
      },
    });
    assert.deepEqual(await thrown.run(fuseOf(stop)), { success: false, detail: 'broken' });
  });

  test('that hangs does not hold up the daemon’s end', async () => {
    const ending = new AbortController();
    const { run } = room({ stopSession: () => new Promise(() => undefined) });
    const outcome = run(fuseOf(stop), ending.signal);
    ending.abort();
    assert.deepEqual(await outcome, { success: false, detail: 'was not awaited because the daemon stops' });
  });
});

test('an event is emitted with what the fuse is about', async () => {
  const { run, events } = room();
  const fuse = fuseOf({ kind: 'event', event: 'fuse.reminder' }, { directory: '/work' });
  assert.deepEqual(await run(fuse), { success: true, detail: 'emitted fuse.reminder' });
  const metadata = { fuseId: 'fone1', sessionId: ID, directory: '/work', label: 'lunch' };
  assert.deepEqual(events.all, [{ action: 'fuse.reminder', level: 'info', success: true, metadata }]);
});
