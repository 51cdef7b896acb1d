// needs: strace
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LeakWorld } from '../e2e/leak_world.js';
import type { Ended } from '../e2e/running.js';
import { writeProject } from '../e2e/secret_world.js';
import { until } from '../e2e/until.js';
import { CLI, DAEMON } from '../e2e/world.js';

/** Programs with all their arguments and variables, as the kernel was asked to start them. */
const STRACE = ['--seccomp-bpf', '-f', '-qq', '-v', '-s', '100000', '-e', 'trace=execve', '-e', 'signal=none'];

test('of all programs that daemon and commands start, one has a value: the command of secret exec', async (t) => {
  const world = LeakWorld.of(t);
  world.env['TENURE_AUTOSTART'] = '0';
  world.script('recorder', ['exit 0']);
  let traces = 0;
  const traced = (args: readonly string[], input?: string) => {
    traces += 1;
    const log = join(world.folder, `trace-${traces}`);
    const options = input === undefined ? {} : { input };
    const running = world.start('strace', [...STRACE, '-o', log, process.execPath, ...args], options);
    return { running, calls: () => readFileSync(log, 'utf8').split('\n') };
  };
  const logs: (() => readonly string[])[] = [];
  const tenure = async (args: readonly string[], input?: string): Promise<Ended> => {
    const { running, calls } = traced([CLI, 'secret', ...args], input);
    const ended = await running.ended;
    assert.equal(ended.code, 0, `${args.join(' ')}: ${ended.stdout}${ended.stderr}`);
    if (args[0] !== 'exec') logs.push(calls);
    return ended;
  };
  const leaks = (calls: readonly string[]) => calls.filter((call) => world.marker.formIn(call) !== undefined);

  const daemon = traced([DAEMON]);
  logs.push(daemon.calls);
  await until('the daemon', async () => (await world.run(['health'])).code === 0);
  await tenure(['init']);
  const fresh = world.valueFile('fresh');
  const hooks = ['--on-rotate', 'true 1', '--on-revoke', 'true 2', '--on-delete', 'true 3'];
  await tenure(['put', 'a', '--rotate', `cat > /dev/null; cat ${fresh}`, ...hooks], world.value('a'));
  await tenure(['update', 'a'], world.value('updated'));
  await tenure(['put', 'file', '--source', `file:${world.valueFile('file')}`]);
  await tenure(['put', 'exec', '--source', `exec:cat ${world.valueFile('exec')}`, '--rotate', 'cat > /dev/null']);
  await tenure(['import', '-'], `ONE=${world.value('one')}\n`);
  writeProject(world, { A: 'a', FROM_FILE: 'file', FROM_COMMAND: 'exec', ONE: 'ONE' });
  for (const name of ['a', 'file', 'exec', 'ONE']) {
    assert.match((await tenure(['lease', name])).stdout, new RegExp(world.marker.text));
  }
  await tenure(['env']);
  const exec = traced([CLI, 'secret', 'exec', '--', 'printenv', 'A']);
  assert.equal((await exec.running.ended).stdout, `${world.value('updated')}\n`);
  await tenure(['rotate', 'a']);
  await tenure(['rotate', 'exec']);
  await tenure(['revoke', '--all']);
  await tenure(['rm', 'a']);
  await tenure(['killswitch', '--revoke', '--rotate', '--wipe', '--yes']);

  const started = daemon.calls().filter((call) => call.includes('execve('));
  for (const command of [fresh, 'true 1', 'true 2', 'true 3', 'TENURE_SOURCE_FILE=', 'recorder']) {
    assert.ok(
      started.some((call) => call.includes(command)),
      `the daemon started no ${command}`,
    );
  }
  assert.deepEqual(
    logs.flatMap((calls) => leaks(calls())),
    [],
  );
  const [commandCall, ...others] = leaks(exec.calls());
  assert.match(commandCall ?? '', /execve\("[^"]*\/printenv", \["printenv", "A"\], /);
  assert.deepEqual(others, []);
});
