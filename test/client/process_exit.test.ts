import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { FakeDaemon } from './fake_daemon.js';

/** Runs a program that has `client` and `daemonGone`, and answers what it prints once it has ended by itself. */
async function run(daemon: FakeDaemon, body: string): Promise<string> {
  const program = `
    import { connect } from '@tenure/client';
    const client = await connect({ autostart: false });
    ${body}
  `;
  const args = ['--conditions=tenure-source', '--import', 'tsx', '--input-type=module', '-e', program];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, TENURE_SOCKET: daemon.socketPath },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const chunks: string[] = [];
  child.stdout.on('data', (chunk) => chunks.push(String(chunk)));
  const [code, signal] = await once(child, 'close');
  clearTimeout(limit);
  assert.deepEqual([code, signal], [0, null], 'the process did not end by itself');
  return chunks.join('');
}

test('a process ends by itself once its client is closed, whatever it did before', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const printed = await run(
    daemon,
    `
    const hold = client.hold();
    await hold.acquire({ resource: 'a' });
    await hold.acquire({ resource: 'b', liveness: 'process' });
    const watch = client.watchLeases()[Symbol.asyncIterator]();
    const waiting = watch.next();
    hold.acquire({ resource: 'b', wait: 'forever', inherit: false }).catch(({ reason }) => console.log(reason));
    await new Promise(setImmediate);
    await client.close();
    console.log((await waiting).done);
    process.on('exit', () => console.log('exit'));
    `,
  );
  assert.equal(printed, 'CANCELLED\ntrue\nexit\n');
  assert.deepEqual(
    daemon.leases.all().map(({ resource }) => resource),
    ['b'],
  );
});

test('a process that forgot to close a client without a hold ends all the same', async (context) => {
  const daemon = await FakeDaemon.start(context);
  assert.equal(await run(daemon, "console.log('through');"), 'through\n');
});

test('a process that waits for a daemon that is away does not end under its caller', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const running = run(
    daemon,
    `
    await client.hold().acquire({ resource: 'a' });
    const { outcome } = await client.hold().acquire({ resource: 'b', wait: 'forever', inherit: false });
    console.log(outcome);
    await client.close();
    `,
  );
  daemon.swallow = ({ operation }) => {
    if (operation?.$case === 'acquire' && operation.value.wishes[0]?.resource === 'b') {
      daemon.swallow = () => false;
      setImmediate(() => void daemon.stop().then(() => daemon.start()));
      return true;
    }
    return false;
  };
  assert.equal(await running, 'acquired\n');
});
