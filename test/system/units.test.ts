// needs: systemd-analyze systemd-socket-activate
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { connect } from '@tenure/client';
import { z } from 'zod';
import { execWords } from '../../src/cli/units/unit_words_rules.js';
import { until } from '../e2e/until.js';
import { World } from '../e2e/world.js';

const planJson = z.object({ files: z.array(z.object({ path: z.string(), content: z.string() })) });

async function unitsFor(world: World, options: readonly string[]) {
  return planJson.parse(await world.json(['daemon', 'install', '--dry-run', ...options])).files;
}

describe('the units', () => {
  for (const options of [[], ['--socket-activation'], ['--system'], ['--system', '--socket-activation']]) {
    test(`are whole by systemd's own judgement: install ${options.join(' ')}`, async (t) => {
      const world = new World(t);
      const paths = (await unitsFor(world, options)).map(({ path, content }) => {
        const written = join(world.folder, basename(path));
        writeFileSync(written, content);
        return written;
      });
      const runtime = join(world.folder, 'run');
      mkdirSync(runtime, { mode: 0o700 });
      const scope = options.includes('--system') ? '--system' : '--user';
      const verified = await world.start('systemd-analyze', ['verify', scope, '--man=no', ...paths], {
        env: { XDG_RUNTIME_DIR: runtime },
      }).ended;
      assert.deepEqual([verified.code, verified.stderr, verified.stdout], [0, '', '']);
    });
  }
});

test('systemd starts the daemon on the first connection, which is served', async (t) => {
  const world = new World(t);
  const [service] = await unitsFor(world, ['--socket-activation']);
  const socket = join(world.folder, 'unit.sock');
  const passed = Object.keys(world.env).flatMap((name) => ['-E', name]);
  const waiting = world.start('systemd-socket-activate', [
    '-l',
    socket,
    ...passed,
    ...execWords(service?.content ?? ''),
  ]);
  await until('the socket', () => existsSync(socket));
  assert.equal(existsSync(world.stateDir), false, 'nobody has connected, and nothing runs');

  const client = await connect({ socketPath: socket, autostart: false });
  t.after(() => client.close());
  const { status } = await client.health.getStatus();
  assert.equal(status?.pid, waiting.pid, 'systemd-socket-activate has become the daemon');
  assert.equal(status?.socketPath, socket);
  const listed = await world.run(['run', 'demo', '--', 'echo', 'served'], { env: { TENURE_SOCKET: socket } });
  assert.equal(listed.stdout, 'served\n', listed.stderr);
  // Commands that know nothing of it find it by daemon.json.
  assert.match((await world.run(['daemon', 'status'])).stdout, /unit\.sock/);
});
