import assert from 'node:assert/strict';
import { chmodSync, existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readExit } from '../../../src/session/shim/shim_exit.js';
import { temporaryFolder } from '../../os/child_process.js';
import { eventually, isGone, runSession } from './running_shim.js';

/** The machine's own shell, and others where they are there. */
const SHELLS = ['/bin/sh', '/bin/dash', '/bin/bash', '/bin/busybox'].filter((shell) => existsSync(shell));

const CODES = [0, 1, 7, 127, 128, 130, 137, 141, 143, 145, 255];
/** As it is run as /bin/sh: busybox is what it is called. */
function asShell(t: TestContext, shell: string): string {
  const path = join(temporaryFolder(t), 'sh');
  symlinkSync(shell, path);
  return path;
}

const SIGNALS = { HUP: 1, INT: 2, QUIT: 3, ABRT: 6, KILL: 9, SEGV: 11, PIPE: 13, TERM: 15 };

for (const program of SHELLS) {
  test(`under ${program} an exit code is told from a signal`, async (t) => {
    const shell = asShell(t, program);
    for (const code of CODES) {
      const { exit } = await runSession(t, { command: `exit ${code}`, shell });
      const { endWallMs, durationMs, ...how } = await exit();
      assert.deepEqual(how, { kind: 'code', code });
      assert.ok(Math.abs(endWallMs - Date.now()) < 20_000, `${endWallMs}`);
      assert.ok(durationMs >= 0 && durationMs < 20_000, `${durationMs}`);
    }
    for (const [name, signal] of Object.entries(SIGNALS)) {
      const { exit } = await runSession(t, { command: `ulimit -c 0; kill -${name} $$`, shell });
      const { endWallMs: _end, durationMs: _duration, ...how } = await exit();
      assert.deepEqual(how, { kind: 'signal', signal }, name);
    }
  });

  test(`under ${program} an exit is seen while the output is held open by others, or is closed long before`, async (t) => {
    const shell = asShell(t, program);
    const held = await runSession(t, { command: 'sleep 1000 & exit 143', shell });
    const { endWallMs: _end, durationMs: _duration, ...how } = await held.exit();
    assert.deepEqual(how, { kind: 'code', code: 143 });
    assert.equal(isGone(held.shim), false);

    const silent = await runSession(t, { command: 'exec >&- 2>&-; : >ready; read -r line', shell, keepStdin: true });
    await eventually(() => existsSync(join(silent.directory, 'ready')), 'it runs');
    process.kill(silent.main.pid, 'SIGTERM');
    assert.equal((await silent.exit()).kind, 'signal');
  });
}

test('the duration is that of the command, its wait at the gate not included', async (t) => {
  const { exit } = await runSession(t, { command: 'sleep 0.3' });
  const { durationMs } = await exit();
  assert.ok(durationMs >= 290 && durationMs < 10_000, `${durationMs}`);
});

test('a command that is not there ends with 127, and one that is no program with 126', async (t) => {
  const missing = await runSession(t, { argv: ['no-such-command-here', 'x'] });
  const missingExit = await missing.exit();
  assert.equal(missingExit.kind === 'code' && missingExit.code, 127);
  assert.match(String(await missing.log.tail('stderr', 1000)), /no-such-command-here: not found/);

  const path = join(temporaryFolder(t), 'no-program');
  writeFileSync(path, 'text');
  chmodSync(path, 0o644);
  const unusable = await runSession(t, { argv: [path] });
  const unusableExit = await unusable.exit();
  assert.equal(unusableExit.kind === 'code' && unusableExit.code, 126);
});

test('the shim ends with its session', async (t) => {
  const { exit, shim, main } = await runSession(t, { command: 'exit 3' });
  await exit();
  assert.ok(isGone(main));
  await eventually(() => isGone(shim), 'the shim is gone');
});

test('a word that was never written whole is none', async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(await readExit(folder), undefined);
  for (const text of ['', '{"code":', '{"code":"7"}', '{"code":7}', '\0\0\0\0']) {
    writeFileSync(join(folder, 'exit'), text);
    assert.equal(await readExit(folder), undefined, text);
  }
  writeFileSync(join(folder, 'exit'), '{"code":7,"endWallMs":1,"durationMs":2}   \n');
  assert.deepEqual(await readExit(folder), { kind: 'code', code: 7, endWallMs: 1, durationMs: 2 });
});
