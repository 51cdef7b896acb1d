import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CommandResult, runShellCommand, type ShellCommand } from '../../src/os/shell_command.js';
import { temporaryFolder, until } from './child_process.js';

const environment = { PATH: process.env['PATH'] };

function run(command: string, more: Partial<ShellCommand> = {}): Promise<CommandResult> {
  return runShellCommand({ command, environment, timeLimitMs: 20_000, maxOutputBytes: 100_000, ...more });
}

async function outputOf(command: string, more: Partial<ShellCommand> = {}): Promise<Buffer> {
  const result = await run(command, more);
  if (result.kind !== 'done') throw new Error(`the command did not do well: ${JSON.stringify(result)}`);
  return result.output;
}

/** Zombies, which wait for their parent to look, are gone. */
function isGroupGone(group: number): boolean {
  return readdirSync('/proc').every((name) => {
    if (!/^\d+$/.test(name)) return true;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const [state, , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(itsGroup) !== group || state === 'Z';
    } catch {
      return true;
    }
  });
}

const pidIn = (file: string): number => Number.parseInt(readFileSync(file, 'utf8'), 10);

test('a command gets its input to the end, and its output comes back byte for byte', async () => {
  const bytes = Buffer.from([0, 255, 254, 10, 13, 128, 0, 10, 10]);
  assert.deepEqual(await outputOf('cat; cat', { input: bytes }), bytes);
  const much = Buffer.alloc(5_000_000, 'abc');
  assert.deepEqual(await outputOf('cat', { input: much, maxOutputBytes: much.length }), much);
  assert.equal((await outputOf('cat')).length, 0);
});

test('a command finds its input and output also by their names', async () => {
  const output = await outputOf('cat /dev/stdin >/dev/stdout', { input: Buffer.from('by name') });
  assert.equal(String(output), 'by name');
});

test('a command that reads nothing is no failure', async () => {
  assert.deepEqual(await outputOf('echo done', { input: Buffer.alloc(5_000_000) }), Buffer.from('done\n'));
});

test('a command runs in /, in a group and with an environment of its own', async () => {
  process.env['TENURE_TEST_OF_THE_PARENT'] = 'not for commands';
  try {
    const output = await outputOf('pwd; cut -d " " -f 5 /proc/$$/stat; echo $$; env', { environment: { NAME: 'a b' } });
    const [folder, group, pid, ...variables] = String(output).trim().split('\n');
    assert.equal(folder, '/');
    assert.equal(group, pid);
    assert.ok(variables.includes('NAME=a b'));
    assert.equal(variables.join().includes('not for commands'), false);
  } finally {
    delete process.env['TENURE_TEST_OF_THE_PARENT'];
  }
});

test('a command runs in its directory, and not at all where there is none', async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(String(await outputOf('pwd -P', { directory: folder })).trim(), realpathSync(folder));
  const gone = join(folder, 'gone');
  const file = join(folder, 'ran');
  const how = `could not be started in ${gone}: ENOENT`;
  assert.deepEqual(await run(`echo >'${file}'`, { directory: gone }), { kind: 'failed', how });
  assert.equal(existsSync(file), false);
});

test('a failure says how the command ended, and nothing that it printed', async () => {
  const failed = await run('echo MARKER; echo MARKER >&2; exit 3');
  assert.deepEqual(failed, { kind: 'failed', how: 'ended with exit code 3' });
  assert.deepEqual(await run('kill -TERM $$'), { kind: 'failed', how: 'died of SIGTERM' });
  assert.deepEqual(await run('no-such-command-here'), { kind: 'failed', how: 'ended with exit code 127' });
  assert.deepEqual(await run(`: ${'x'.repeat(200_000)}`), { kind: 'failed', how: 'could not be started: E2BIG' });
});

test('a command and all that it started are gone at the time limit, whatever they ignore', async (t) => {
  const file = join(temporaryFolder(t), 'pid');
  const began = performance.now();
  const script = `trap '' TERM INT HUP; echo $$ >'${file}'; (trap '' TERM; sleep 4711) & sleep 4711`;
  assert.deepEqual(await run(script, { timeLimitMs: 2_000 }), { kind: 'timeout' });
  const took = performance.now() - began;
  assert.ok(took >= 1_990 && took < 30_000, `it took ${took} ms`);
  await until(() => isGroupGone(pidIn(file)), 'the group is gone');
});

test('output up to the limit is taken, and a byte more ends the command', async (t) => {
  const file = join(temporaryFolder(t), 'pid');
  assert.equal((await outputOf('printf %1000s x', { maxOutputBytes: 1_000 })).length, 1_000);
  assert.deepEqual(await run('printf %1001s x', { maxOutputBytes: 1_000 }), { kind: 'too-large' });
  assert.deepEqual(await run(`echo $$ >'${file}'; exec yes`), { kind: 'too-large' });
  await until(() => isGroupGone(pidIn(file)), 'the group is gone');
});

test('output that nobody wants has no limit', async () => {
  const result = await run('head -c 1000000 /dev/zero', { maxOutputBytes: undefined });
  assert.deepEqual(result, { kind: 'done', output: Buffer.alloc(0) });
});

test('what the command leaves behind is not waited for, and lives on', async (t) => {
  const file = join(temporaryFolder(t), 'pid');
  const output = await outputOf(`sleep 4711 & echo $! >'${file}'; echo value`);
  const left = pidIn(file);
  t.after(() => process.kill(left, 'SIGKILL'));
  assert.equal(String(output), 'value\n');
  assert.equal(process.kill(left, 0), true);
});

test('an abort ends the command and all that it started', async (t) => {
  const file = join(temporaryFolder(t), 'pid');
  const controller = new AbortController();
  const result = run(`sleep 4711 & echo $$ >'${file}'; wait`, { signal: controller.signal });
  await until(() => existsSync(file) && pidIn(file) > 0, 'the command runs');
  controller.abort();
  assert.deepEqual(await result, { kind: 'aborted' });
  await until(() => isGroupGone(pidIn(file)), 'the group is gone');
});

test('many commands may run under one signal', async (t) => {
  const warnings: string[] = [];
  const hear = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', hear);
  t.after(() => process.off('warning', hear));
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 30 }, () => run('true', { signal })));
  // Warnings are told of later in the same turn.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

test('a command that was aborted before is never started', async (t) => {
  const file = join(temporaryFolder(t), 'ran');
  assert.deepEqual(await run(`echo >'${file}'`, { signal: AbortSignal.abort() }), { kind: 'aborted' });
  assert.equal(existsSync(file), false);
});

test('no descriptor is left, however a command ends', async () => {
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  await run('true', { input: Buffer.from('x') });
  const before = descriptors();
  for (const command of ['cat', 'exit 1', 'exec yes', `: ${'x'.repeat(200_000)}`, 'echo a\0b']) {
    for (let round = 0; round < 5; round += 1) await run(command, { input: Buffer.from('x') });
  }
  await run('sleep 4711', { timeLimitMs: 20 });
  await run('sleep 7 &');
  // A stream closes its descriptor soon after it is destroyed.
  await until(() => descriptors() <= before, 'all descriptors are closed');
});
