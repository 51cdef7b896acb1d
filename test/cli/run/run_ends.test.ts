import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { allLeases, untilFree } from '../../e2e/lease_views.js';
import { until } from '../../e2e/until.js';
import { World } from '../../e2e/world.js';

test('a command that ignores TERM is killed after the grace once its lease is lost', async (t) => {
  const world = new World(t);
  const stubborn = 'trap "" TERM; echo ready; while :; do sleep 0.05; done';
  // With the handover `grant` the daemon leaves the command to tenure run.
  const options = ['--handover', 'grant', '--kill-after', '300ms', '--outcome-fd', '3'];
  const run = world.tenure(['run', 'r', ...options, '--', 'sh', '-c', stubborn], { extraPipes: 1 });
  await run.line(/^ready$/);
  assert.equal((await world.run(['lease', 'revoke', '--resource', 'r'])).code, 0);
  const ended = await run.ended;
  assert.equal(ended.code, 76);
  assert.match(ended.stderr, /the lease on r is gone \(revoked by an operator\)/);
  assert.deepEqual(JSON.parse(run.output(3)), { outcome: 'lost', resources: ['r'], exitCode: 76 });
});

test('a run under an inherited lease ends with it', async (t) => {
  const world = new World(t);
  const inner = 'tenure run r --handover grant -- sh -c "echo ready; exec sleep 1000"; echo inner $?; sleep 1000';
  const outer = world.tenure([
    'run',
    'r',
    '--handover',
    'grant',
    '--kill-after',
    '5s',
    '--',
    'sh',
    '-c',
    `trap "" TERM; ${inner}`,
  ]);
  await outer.line(/^ready$/);
  assert.equal((await world.run(['lease', 'revoke', '--resource', 'r'])).code, 0);
  await outer.line(/^inner 76$/);
});

test('a run under an inherited lease goes on when its ancestor gives it back, and keeps the resource', async (t) => {
  const world = new World(t);
  const inner = 'tenure run r -- sh -c "echo ready; while [ ! -e go ]; do sleep 0.05; done; echo done"; echo inner $?';
  const outer = world.tenure([
    'run',
    'r',
    '--',
    'sh',
    '-c',
    `{ ${inner}; } & while [ ! -e leave ]; do sleep 0.05; done`,
  ]);
  await outer.line(/^ready$/);
  writeFileSync(join(world.folder, 'leave'), '');
  const client = await world.connect();
  await until(
    'the lease to drain',
    async () => (await client.leases.explainResource({ resource: 'r' })).draining.length === 1,
  );
  assert.equal((await world.run(['run', 'r', '--', 'true'])).code, 75);
  writeFileSync(join(world.folder, 'go'), '');
  await outer.line(/^inner 0$/);
  await untilFree(client, 'r');
});

test('a lease outlives the wrapper of a nested run, until the nested command ends', async (t) => {
  const world = new World(t);
  const innermost = 'echo pid $$; exec sleep 1000';
  const script = world.script('nested.sh', [`tenure run r -- sh -c '${innermost}' &`, 'echo wrapper $!', 'wait']);
  const outer = world.tenure(['run', 'r', '--', script]);
  const command = Number((await outer.line(/^pid /)).slice(4));
  const wrapper = Number((await outer.line(/^wrapper /)).slice(8));
  const client = await world.connect();
  const [lease] = await allLeases(client);
  for (const { pid } of lease?.attached ?? []) if (pid !== command) process.kill(pid, 'SIGKILL');
  await until('the wrapper to be gone', () => !existsSync(`/proc/${wrapper}`));
  await until('the command alone to be attached', async () => {
    const [left] = await allLeases(client);
    return left?.attached.length === 1 && left.attached[0]?.pid === command;
  });
  assert.equal((await world.run(['run', 'r', '--', 'true'])).code, 75);
  process.kill(command, 'SIGKILL');
  await untilFree(client, 'r');
});

test('signals reach the whole group, and a stop and a continue too', async (t) => {
  const world = new World(t);
  const command = world.script('command.sh', [
    'trap "echo usr1" USR1',
    'sh -c \'trap "echo below" USR1; echo ready $$; while :; do sleep 0.05; done\' &',
    'while :; do wait; done',
  ]);
  const run = world.tenure(['run', 'r', '--', command]);
  const below = Number((await run.line(/^ready /)).slice(6));
  run.kill('SIGUSR1');
  await run.line(/^usr1$/);
  await run.line(/^below$/);
  run.kill('SIGTSTP');
  await until('the command and its child to be stopped', () => stateOf(below) === 'T' && stateOf(run.pid) === 'T');
  run.kill('SIGCONT');
  await until('the child to go on', () => stateOf(below) !== 'T');
  run.kill('SIGTERM');
  assert.equal((await run.ended).code, 143);
});

function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2)[0];
}

test('while the daemon is away the command goes on, and says so once', async (t) => {
  const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
  const first = await world.startDaemon();
  const run = world.tenure(['run', 'r', '--', 'sh', '-c', 'echo ready; while [ ! -e go ]; do sleep 0.05; done']);
  await run.line(/^ready$/);
  first.kill('SIGKILL');
  await until('the word that the daemon is away', () => run.output(2).includes('the daemon is away'));
  const second = await world.startDaemon();
  const client = await world.connect();
  await until('the lease to be there again', async () => (await allLeases(client)).length === 1);
  writeFileSync(join(world.folder, 'go'), '');
  const ended = await run.ended;
  assert.equal(ended.code, 0);
  assert.equal(ended.stderr.match(/away/g)?.length, 1);
  await untilFree(client, 'r');
  second.kill('SIGTERM');
});

test('no daemon and a wrong one are told apart from a held lease', async (t) => {
  const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
  const unreachable = world.tenure(
    ['run', 'r', '--exit-code', 'unreachable=9', '--outcome-fd', '3', '--', 'touch', 'ran'],
    {
      extraPipes: 1,
    },
  );
  assert.equal((await unreachable.ended).code, 9);
  assert.deepEqual(JSON.parse(unreachable.output(3)), { outcome: 'unreachable', reason: 'UNREACHABLE', exitCode: 9 });
  assert.equal(existsSync(join(world.folder, 'ran')), false);
});

test('an outcome descriptor that is not open is refused before anything runs', async (t) => {
  const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
  for (const fd of ['3', '4', '9', '200']) {
    const ended = await world.run(['run', 'r', '--outcome-fd', fd, '--', 'true']);
    assert.equal(ended.code, 64, ended.stderr);
    assert.match(ended.stderr, /is not open/);
  }
});

test('the command does not get the outcome descriptor', async (t) => {
  const world = new World(t);
  const run = world.tenure(['run', 'r', '--outcome-fd', '3', '--', 'sh', '-c', 'ls /proc/$$/fd'], { extraPipes: 1 });
  const ended = await run.ended;
  assert.equal(ended.stdout.split('\n').includes('3'), false);
  assert.equal(run.output(3), '{"outcome":"completed","exitCode":0}\n');
});
